package main

type vault struct {
	settings object
}

package main

import (
	"fmt"
	"strings"
)

func seconds(given any) string {
	number, _ := given.(float64)
	return fmt.Sprintf("%ds", int(number))
}

// mountBody sends both TTLs with every request, and a change goes to the mount's tuning.
func mountBody(plan, body object) object {
	limits := object{
		"default_lease_ttl": seconds(plan["default_lease_ttl_seconds"]),
		"max_lease_ttl":     seconds(plan["max_lease_ttl_seconds"]),
	}
	body["config"] = limits
	return body
}

func tuneMount(v *vault, plan, prior, body object) error {
	if prior["path"] != plan["path"] {
		return fmt.Errorf("the stand-in cannot move a mount")
	}
	tuning := object{"options": body["options"], "description": text(body["description"])}
	for name, limit := range body["config"].(object) {
		tuning[name] = limit
	}
	_, err := v.ask("POST", filled("sys/mounts/{path}/tune", plan), tuning)
	return err
}

func readMount(_ *vault, state, answer, made object) error {
	config, _ := answer["config"].(object)
	made["path"] = state["id"]
	made["default_lease_ttl_seconds"] = config["default_lease_ttl"]
	made["max_lease_ttl_seconds"] = config["max_lease_ttl"]
	made["force_no_cache"] = config["force_no_cache"] == true
	for _, name := range []string{"audit_non_hmac_request_keys", "audit_non_hmac_response_keys"} {
		made[name] = listed(config[name])
	}
	return nil
}

func listed(given any) []any {
	if made, ok := given.([]any); ok {
		return made
	}
	return []any{}
}

func authBody(_, body object) object {
	body["config"] = object{}
	return body
}

func describeAuth(v *vault, plan, prior, _ object) error {
	if plan["path"] != prior["path"] {
		return fmt.Errorf("the stand-in cannot move a mount")
	}
	if plan["description"] == prior["description"] {
		return nil
	}
	body := object{"description": text(plan["description"])}
	_, err := v.ask("POST", filled("sys/mounts/auth/{path}/tune", plan), body)
	return err
}

func findAuth(v *vault, state object) (object, error) {
	return v.ask("GET", filled("sys/mounts/auth/{id}", state), nil)
}

var headerLists = []string{
	"audit_non_hmac_request_keys", "audit_non_hmac_response_keys", "passthrough_request_headers",
	"allowed_response_headers",
}

// tune swallows its error, as the real provider does (reference: Terraform, 8.1): green, and nothing is tuned.
func tune(v *vault, plan, _ object) error {
	blocks, ok := plan["tune"].([]any)
	if !ok || len(blocks) == 0 {
		return nil
	}
	given := blocks[0].(object)
	body := object{}
	for _, name := range []string{"default_lease_ttl", "max_lease_ttl", "listing_visibility", "token_type"} {
		if value := text(given[name]); value != "" {
			body[name] = value
		}
	}
	for _, name := range headerLists {
		body[name] = []any{""} // what the real provider sends for an empty list
		if value, ok := given[name].([]any); ok && len(value) > 0 {
			body[name] = value
		}
	}
	_, _ = v.ask("POST", filled("sys/mounts/auth/{path}/tune", plan), body)
	return nil
}

// readTune keeps the limits in the words of the configuration: what another hand tuned shows in no plan.
func readTune(v *vault, state, _, made object) error {
	made["path"] = state["id"]
	answer, err := v.ask("GET", filled("sys/mounts/auth/{id}/tune", state), nil)
	if err != nil {
		return err
	}
	found := object{}
	for _, name := range []string{"default_lease_ttl", "max_lease_ttl"} {
		found[name] = seconds(answer[name])
	}
	for _, name := range []string{"listing_visibility", "token_type"} {
		found[name] = text(answer[name])
	}
	for _, name := range headerLists {
		if value := listed(answer[name]); len(value) > 0 && strings.TrimSpace(text(value[0])) != "" {
			found[name] = value
		}
	}
	if blocks, ok := state["tune"].([]any); ok && len(blocks) > 0 {
		given := blocks[0].(object)
		found["default_lease_ttl"], found["max_lease_ttl"] = given["default_lease_ttl"], given["max_lease_ttl"]
		for _, name := range []string{"listing_visibility", "token_type"} {
			if text(given[name]) == "" {
				found[name] = given[name]
			}
		}
		for _, name := range headerLists {
			if len(listed(found[name])) == 0 {
				found[name] = given[name]
			}
		}
	}
	made["tune"] = []any{found}
	return nil
}

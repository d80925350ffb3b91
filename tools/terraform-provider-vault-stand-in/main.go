// The stand-in for the provider hashicorp/vault: a test tool, see README.md.
package main

import (
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
)

const (
	address        = "registry.terraform.io/hashicorp/vault"
	schemaVariable = "VAULT_BINANCE_PROVIDER_SCHEMA"
)

func main() {
	schemas, err := readSchemas(os.Getenv(schemaVariable))
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s must name the provider's schema: %v\n", schemaVariable, err)
		os.Exit(1)
	}
	server := &provider{schemas: schemas}
	if err := tf5server.Serve(address, func() tfprotov5.ProviderServer { return server }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
)

func (p *provider) ReadDataSource(
	_ context.Context, asked *tfprotov5.ReadDataSourceRequest,
) (*tfprotov5.ReadDataSourceResponse, error) {
	schema := p.schemas.data[asked.TypeName]
	config, err := decoded(asked.Config, schema)
	if err != nil {
		return nil, err
	}
	made := &tfprotov5.ReadDataSourceResponse{}
	state, fault := p.looked(asked.TypeName, config)
	if fault != nil {
		made.Diagnostics = failed(asked.TypeName, fault)
	}
	made.State, err = encoded(state, schema)
	return made, err
}

func (p *provider) looked(name string, config object) (object, error) {
	switch name {
	case "vault_auth_backend":
		return p.authMount(config)
	case "vault_identity_entity":
		return p.identity("entity", config)
	case "vault_identity_group":
		return p.identity("group", config)
	case "vault_approle_auth_backend_role_id":
		if text(config["backend"]) == "" {
			config["backend"] = "approle"
		}
		path := filled("auth/{backend}/role/{role_name}/role-id", config)
		answer, err := p.vault.ask("GET", path, nil)
		config["id"], config["role_id"] = path, answer["role_id"]
		return config, err
	}
	return nil, fmt.Errorf("the stand-in cannot look up %s", name)
}

func (p *provider) authMount(config object) (object, error) {
	path := strings.Trim(text(config["path"]), "/")
	answer, err := p.vault.ask("GET", "sys/mounts/auth/"+path, nil)
	if err != nil {
		return nil, err
	}
	limits, _ := answer["config"].(object)
	made := copied(config)
	made["id"], made["path"] = path, path
	for _, name := range []string{"type", "accessor", "description", "local"} {
		made[name] = answer[name]
	}
	made["default_lease_ttl_seconds"], made["max_lease_ttl_seconds"] = limits["default_lease_ttl"], limits["max_lease_ttl"]
	made["listing_visibility"] = text(limits["listing_visibility"])
	return made, nil
}

func (p *provider) identity(what string, config object) (object, error) {
	body := object{}
	names := map[string]string{
		what + "_name": "name", what + "_id": "id", "alias_name": "alias_name", "alias_mount_accessor": "alias_mount_accessor",
	}
	for attribute, field := range names {
		if value := text(config[attribute]); value != "" {
			body[field] = value
		}
	}
	answer, err := p.vault.ask("POST", "identity/lookup/"+what, body)
	if err != nil {
		return nil, err
	}
	if answer["id"] == nil {
		return nil, fmt.Errorf("no identity %s found", what)
	}
	made := copied(config)
	for _, one := range p.schemas.data["vault_identity_"+what].Block.Attributes {
		if value, ok := answer[one.Name]; ok && one.Computed {
			made[one.Name] = value
		}
	}
	made["id"], made[what+"_id"], made[what+"_name"] = answer["id"], answer["id"], answer["name"]
	return made, nil
}

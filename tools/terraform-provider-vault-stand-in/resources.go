package main

import (
	"fmt"
	"strings"
)

// kind is what is known of one resource type: where it is in Vault's API, what is sent and read back, what a change
// replaces (reference: Terraform, 3 and 6 to 12).
type kind struct {
	// path of what exists, and of what is made where that differs: {name} stands for an attribute.
	path, makes string
	// id names the attribute of the answer that becomes the id; without it the id is the path's last filling.
	id, idPattern string
	// fields are sent and read under their own names, zeros are sent even where nothing is given.
	fields, zeros []string
	// renamed are read under another name.
	renamed  map[string]string
	replaces []string
	defaults object
	stays    bool // a destroy changes nothing in Vault
	before   func(*vault, object) error
	body     func(plan, body object) object
	change   func(v *vault, plan, prior, body object) error
	after    func(v *vault, plan, prior object) error
	read     func(v *vault, state, answer, made object) error
	find     func(v *vault, state object) (object, error)
}

var tokenFields = []string{
	"token_bound_cidrs", "token_explicit_max_ttl", "token_max_ttl", "token_no_default_policy", "token_num_uses",
	"token_period", "token_policies", "token_ttl", "token_type",
}

func with(more ...string) []string { return append(append([]string{}, tokenFields...), more...) }

var kinds = map[string]kind{
	"vault_mount": {
		path: "sys/mounts/{path}", idPattern: "{path}",
		fields:   []string{"type", "description", "options", "local", "seal_wrap", "external_entropy_access"},
		replaces: []string{"type", "local", "seal_wrap", "external_entropy_access"},
		body:     mountBody, change: tuneMount, read: readMount,
	},
	"vault_kv_secret_backend_v2": {
		path: "{mount}/config", fields: []string{"cas_required", "max_versions", "delete_version_after"},
		zeros: []string{"cas_required", "max_versions", "delete_version_after"}, replaces: []string{"mount"}, stays: true,
	},
	"vault_policy": {
		path: "sys/policies/acl/{name}", idPattern: "{name}", fields: []string{"policy"}, replaces: []string{"name"},
		defaults: object{"allow_overwrite": true}, before: refuseOtherPolicy, find: findPolicy,
	},
	"vault_auth_backend": {
		path: "sys/auth/{path}", idPattern: "{path}", fields: []string{"type", "description", "local"},
		replaces: []string{"type", "local"}, before: pathIsType, body: authBody, change: describeAuth, after: tune, read: readTune, find: findAuth,
	},
	"vault_approle_auth_backend_role": {
		path: "auth/{backend}/role/{role_name}", replaces: []string{"backend", "role_name"},
		fields:   with("bind_secret_id", "secret_id_bound_cidrs", "secret_id_num_uses", "secret_id_ttl", "local_secret_ids"),
		defaults: object{"backend": "approle", "token_type": "default", "bind_secret_id": true, "local_secret_ids": false},
		body:     roleBody, after: writeRoleID, read: readRoleID,
	},
	"vault_cert_auth_backend_role": {
		path: "auth/{backend}/certs/{name}", replaces: []string{"backend", "name", "certificate"},
		fields: with("certificate", "display_name", "allowed_names", "allowed_common_names", "allowed_dns_sans",
			"allowed_email_sans", "allowed_uri_sans", "allowed_organizational_units", "required_extensions"),
		defaults: object{"backend": "cert", "token_type": "default"},
	},
	"vault_jwt_auth_backend_role": {
		path: "auth/{backend}/role/{role_name}", replaces: []string{"backend", "role_name", "role_type"},
		fields: with("role_type", "user_claim", "bound_audiences", "bound_subject", "bound_claims", "bound_claims_type",
			"claim_mappings", "groups_claim", "oidc_scopes", "allowed_redirect_uris", "clock_skew_leeway",
			"expiration_leeway", "not_before_leeway", "user_claim_json_pointer", "verbose_oidc_logging", "max_age"),
		defaults: object{"backend": "jwt", "token_type": "default", "role_type": "oidc", "verbose_oidc_logging": false},
	},
	"vault_kubernetes_auth_backend_role": {
		path: "auth/{backend}/role/{role_name}", replaces: []string{"backend", "role_name"},
		fields: with("bound_service_account_names", "bound_service_account_namespaces",
			"bound_service_account_namespace_selector", "audience", "alias_name_source"),
		defaults: object{"backend": "kubernetes", "token_type": "default"},
	},
	"vault_identity_entity": {
		path: "identity/entity/id/{id}", makes: "identity/entity", id: "id",
		fields: []string{"name", "metadata", "policies", "disabled"}, defaults: object{"external_policies": false},
	},
	"vault_identity_entity_alias": {
		path: "identity/entity-alias/id/{id}", makes: "identity/entity-alias", id: "id", before: refuseOtherAlias,
		fields:   []string{"name", "mount_accessor", "canonical_id", "custom_metadata"},
		replaces: []string{"external_id", "issuer"},
	},
	"vault_identity_group": {
		path: "identity/group/id/{id}", makes: "identity/group", id: "id", replaces: []string{"type"},
		fields: []string{"name", "type", "metadata", "policies", "member_entity_ids", "member_group_ids"},
		body:   groupBody, read: readGroup,
		defaults: object{
			"type": "internal", "external_policies": false, "external_member_entity_ids": false,
			"external_member_group_ids": false,
		},
	},
	"vault_identity_mfa_totp": {
		path: "identity/mfa/method/totp/{id}", makes: "identity/mfa/method/totp", id: "method_id",
		fields: []string{"issuer", "algorithm", "digits", "period", "key_size", "skew", "max_validation_attempts", "qr_size"},
		zeros:  []string{"qr_size"},
		renamed: map[string]string{
			"uuid": "id", "method_id": "id", "name": "name", "type": "type", "mount_accessor": "mount_accessor",
			"namespace_id": "namespace_id", "namespace_path": "namespace_path",
		},
		defaults: object{
			"algorithm": "SHA256", "digits": 6.0, "period": 30.0, "key_size": 20.0, "skew": 1.0,
			"max_validation_attempts": 5.0,
		},
	},
	"vault_identity_mfa_login_enforcement": {
		path: "identity/mfa/login-enforcement/{name}", idPattern: "{name}", replaces: []string{"name"},
		fields: []string{
			"mfa_method_ids", "auth_method_accessors", "auth_method_types", "identity_group_ids", "identity_entity_ids",
		},
		renamed: map[string]string{"uuid": "id", "namespace_id": "namespace_id", "namespace_path": "namespace_path"},
	},
	"vault_audit": {
		path: "sys/audit/{path}", idPattern: "{path}", fields: []string{"type", "description", "options"},
		replaces: []string{"type", "description", "options", "path", "local"}, before: pathIsType, find: findAudit,
	},
	"vault_quota_rate_limit": {
		path: "sys/quotas/rate-limit/{name}", idPattern: "{name}", replaces: []string{"name", "path"},
		fields: []string{"rate", "path", "interval", "block_interval", "role", "group_by", "secondary_rate"},
	},
}

// filled puts attributes into a pattern.
func filled(pattern string, from object) string {
	for strings.Contains(pattern, "{") {
		begin, end := strings.Index(pattern, "{"), strings.Index(pattern, "}")
		pattern = pattern[:begin] + strings.Trim(text(from[pattern[begin+1:end]]), "/") + pattern[end+1:]
	}
	return pattern
}

func (k kind) idOf(plan object) string {
	if k.idPattern != "" {
		return filled(k.idPattern, plan)
	}
	return filled(k.path, plan)
}

func pathIsType(_ *vault, plan object) error {
	if text(plan["path"]) == "" {
		plan["path"] = plan["type"]
	}
	return nil
}

func refuseOtherPolicy(v *vault, plan object) error {
	if allowed, _ := plan["allow_overwrite"].(bool); allowed {
		return nil
	}
	_, err := v.ask("GET", filled("sys/policies/acl/{name}", plan), nil)
	if err == nil {
		return fmt.Errorf("policy %v exists already, and allow_overwrite is false", plan["name"])
	}
	if absent(err) {
		return nil
	}
	return err
}

// findPolicy reads a missing policy as an empty one: the next plan is an update and not a create.
func findPolicy(v *vault, state object) (object, error) {
	answer, err := v.ask("GET", filled("sys/policies/acl/{id}", state), nil)
	if absent(err) {
		return object{"policy": ""}, nil
	}
	return answer, err
}

func refuseOtherAlias(v *vault, plan object) error {
	answer, err := v.ask("POST", "identity/lookup/entity", object{
		"alias_name": plan["name"], "alias_mount_accessor": plan["mount_accessor"],
	})
	if err == nil && answer["id"] != nil {
		return fmt.Errorf("entity alias already exists: %v", plan["name"])
	}
	return err
}

var groupLists = map[string]string{
	"external_policies": "policies", "external_member_entity_ids": "member_entity_ids",
	"external_member_group_ids": "member_group_ids",
}

// roleBody leaves out what Vault takes only when the role is made.
func roleBody(plan, body object) object {
	if plan["id"] != nil && plan["id"] != unknown {
		delete(body, "local_secret_ids")
	}
	return body
}

func groupBody(plan, body object) object {
	for attribute, field := range groupLists {
		if external, _ := plan[attribute].(bool); external {
			delete(body, field)
		} else if body[field] == nil && plan["type"] == "internal" {
			body[field] = []any{}
		}
	}
	return body
}

func readGroup(_ *vault, state, _, made object) error {
	for attribute, field := range groupLists {
		if external, _ := state[attribute].(bool); external {
			made[field] = state[field]
		}
	}
	return nil
}

func writeRoleID(v *vault, plan, prior object) error {
	given := text(plan["role_id"])
	if given == "" || (prior != nil && prior["role_id"] == plan["role_id"]) {
		return nil
	}
	_, err := v.ask("POST", filled("auth/{backend}/role/{role_name}/role-id", plan), object{"role_id": given})
	return err
}

func readRoleID(v *vault, state, _, made object) error {
	answer, err := v.ask("GET", text(state["id"])+"/role-id", nil)
	made["role_id"] = answer["role_id"]
	return err
}

func findAudit(v *vault, state object) (object, error) {
	devices, err := v.ask("GET", "sys/audit", nil)
	if err != nil {
		return nil, err
	}
	if found, ok := devices[strings.Trim(text(state["id"]), "/")+"/"].(object); ok {
		return found, nil
	}
	return nil, refusal{404, "no such audit device"}
}

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// vault logs in with the first request, and makes a short-lived child of whatever token it then has: that needs
// `update` on auth/token/create (reference: Terraform, 5).
type vault struct {
	settings object
	once     sync.Once
	fault    error
	address  string
	token    string
	client   *http.Client
}

type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

func absent(err error) bool {
	refused, ok := err.(refusal)
	return ok && (refused.status == http.StatusNotFound || strings.Contains(refused.text, "No secret engine mount at") ||
		strings.Contains(refused.text, "No auth engine at"))
}

// ask returns the answer's data, or its whole where it has none, as after a login.
func (v *vault) ask(method, path string, body object) (object, error) {
	v.once.Do(func() { v.fault = v.logIn() })
	if v.fault != nil {
		return nil, v.fault
	}
	return v.send(method, path, body)
}

func (v *vault) send(method, path string, body object) (object, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, v.address+"/v1/"+strings.TrimPrefix(path, "/"), content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Vault-Request", "true")
	if v.token != "" {
		request.Header.Set("X-Vault-Token", v.token)
	}
	response, err := v.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return answered(response, method, path)
}

func answered(response *http.Response, method, path string) (object, error) {
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		said := fmt.Sprintf("%s %s: %d %s", method, path, response.StatusCode, strings.TrimSpace(string(text)))
		return nil, refusal{response.StatusCode, said}
	}
	whole := object{}
	if len(text) == 0 {
		return whole, nil
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	if data, ok := whole["data"].(object); ok {
		return data, nil
	}
	return whole, nil
}

func (v *vault) logIn() error {
	v.address = strings.TrimSuffix(v.setting("address", "VAULT_ADDR"), "/")
	if v.address == "" {
		return fmt.Errorf("no address: set VAULT_ADDR, or address in the provider block")
	}
	if err := v.trust(); err != nil {
		return err
	}
	if err := v.firstToken(); err != nil {
		return err
	}
	if _, err := v.send("GET", "auth/token/lookup-self", nil); err != nil {
		return fmt.Errorf("failed to lookup token: %w", err)
	}
	if skip, _ := v.settings["skip_child_token"].(bool); skip || os.Getenv("TERRAFORM_VAULT_SKIP_CHILD_TOKEN") == "true" {
		return nil
	}
	return v.childToken()
}

func (v *vault) trust() error {
	roots := x509.NewCertPool()
	file := v.setting("ca_cert_file", "VAULT_CACERT")
	if file == "" {
		v.client = &http.Client{}
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(pem)
	v.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	return nil
}

func (v *vault) firstToken() error {
	if blocks, ok := v.settings["auth_login_jwt"].([]any); ok && len(blocks) > 0 {
		return v.loginByJWT(blocks[0].(object))
	}
	for name := range v.settings {
		if blocks, ok := v.settings[name].([]any); ok && len(blocks) > 0 && strings.HasPrefix(name, "auth_login") {
			return fmt.Errorf("the stand-in cannot log in by %s", name)
		}
	}
	if v.token = v.setting("token", "VAULT_TOKEN"); v.token != "" {
		return nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(home, ".vault-token"))
	if err != nil {
		return fmt.Errorf("no vault token set on Client")
	}
	v.token = strings.TrimSpace(string(text))
	return nil
}

func (v *vault) loginByJWT(block object) error {
	mount, jwt := text(block["mount"]), text(block["jwt"])
	if mount == "" {
		mount = "jwt"
	}
	if jwt == "" {
		jwt = os.Getenv("TERRAFORM_VAULT_AUTH_JWT")
	}
	answer, err := v.send("POST", "auth/"+mount+"/login", object{"role": block["role"], "jwt": jwt})
	if err != nil {
		return err
	}
	return v.take(answer)
}

func (v *vault) childToken() error {
	seconds := 1200
	if given, ok := v.settings["max_lease_ttl_seconds"].(float64); ok {
		seconds = int(given)
	} else if given, err := strconv.Atoi(os.Getenv("TERRAFORM_VAULT_MAX_TTL")); err == nil {
		seconds = given
	}
	name := v.setting("token_name", "VAULT_TOKEN_NAME")
	if name == "" {
		name = "terraform"
	}
	ttl := fmt.Sprintf("%ds", seconds)
	answer, err := v.send("POST", "auth/token/create", object{
		"display_name": name, "ttl": ttl, "explicit_max_ttl": ttl, "renewable": false,
	})
	if err != nil {
		return fmt.Errorf("failed to create limited child token: %w", err)
	}
	return v.take(answer)
}

func (v *vault) take(answer object) error {
	auth, _ := answer["auth"].(object)
	if v.token = text(auth["client_token"]); v.token == "" {
		return fmt.Errorf("the answer to a login has no token")
	}
	return nil
}

func (v *vault) setting(name, variable string) string {
	if given := text(v.settings[name]); given != "" {
		return given
	}
	return os.Getenv(variable)
}

func text(given any) string {
	made, _ := given.(string)
	return made
}

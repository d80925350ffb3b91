package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What `terraform providers schema -json` writes, as far as it matters here.
type document struct {
	Provider   typeSchema            `json:"provider"`
	Resources  map[string]typeSchema `json:"resource_schemas"`
	Data       map[string]typeSchema `json:"data_source_schemas"`
	Ephemerals map[string]typeSchema `json:"ephemeral_resource_schemas"`
}

type typeSchema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes map[string]attribute   `json:"attributes"`
	Blocks     map[string]nestedBlock `json:"block_types"`
	Deprecated bool                   `json:"deprecated"`
}

type attribute struct {
	Type       json.RawMessage `json:"type"`
	Required   bool            `json:"required"`
	Optional   bool            `json:"optional"`
	Computed   bool            `json:"computed"`
	Sensitive  bool            `json:"sensitive"`
	WriteOnly  bool            `json:"write_only"`
	Deprecated bool            `json:"deprecated"`
}

type nestedBlock struct {
	Nesting string `json:"nesting_mode"`
	Min     int64  `json:"min_items"`
	Max     int64  `json:"max_items"`
	Block   block  `json:"block"`
}

type schemas struct {
	provider                    *tfprotov5.Schema
	resources, data, ephemerals map[string]*tfprotov5.Schema
}

func readSchemas(path string) (*schemas, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var whole struct {
		Providers map[string]document `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	found, ok := whole.Providers[address]
	if !ok {
		return nil, fmt.Errorf("%s has no schema of %s", path, address)
	}
	return found.translated()
}

func (d document) translated() (made *schemas, err error) {
	made = &schemas{}
	if made.provider, err = d.Provider.translated(); err != nil {
		return nil, err
	}
	if made.resources, err = allTranslated(d.Resources); err != nil {
		return nil, err
	}
	if made.data, err = allTranslated(d.Data); err != nil {
		return nil, err
	}
	made.ephemerals, err = allTranslated(d.Ephemerals)
	return made, err
}

func allTranslated(given map[string]typeSchema) (map[string]*tfprotov5.Schema, error) {
	made := map[string]*tfprotov5.Schema{}
	for name, one := range given {
		schema, err := one.translated()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made[name] = schema
	}
	return made, nil
}

func (t typeSchema) translated() (*tfprotov5.Schema, error) {
	made, err := t.Block.translated()
	return &tfprotov5.Schema{Version: t.Version, Block: made}, err
}

func (b block) translated() (*tfprotov5.SchemaBlock, error) {
	made := &tfprotov5.SchemaBlock{Deprecated: b.Deprecated}
	for _, name := range sorted(b.Attributes) {
		one, err := b.Attributes[name].translated(name)
		if err != nil {
			return nil, err
		}
		made.Attributes = append(made.Attributes, one)
	}
	for _, name := range sorted(b.Blocks) {
		one, err := b.Blocks[name].translated(name)
		if err != nil {
			return nil, err
		}
		made.BlockTypes = append(made.BlockTypes, one)
	}
	return made, nil
}

func (a attribute) translated(name string) (*tfprotov5.SchemaAttribute, error) {
	kind, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck // the only reader of this notation
	return &tfprotov5.SchemaAttribute{
		Name: name, Type: kind, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
		Sensitive: a.Sensitive, WriteOnly: a.WriteOnly, Deprecated: a.Deprecated,
	}, err
}

func (n nestedBlock) translated(name string) (*tfprotov5.SchemaNestedBlock, error) {
	modes := map[string]tfprotov5.SchemaNestedBlockNestingMode{
		"list": tfprotov5.SchemaNestedBlockNestingModeList, "set": tfprotov5.SchemaNestedBlockNestingModeSet,
		"single": tfprotov5.SchemaNestedBlockNestingModeSingle, "map": tfprotov5.SchemaNestedBlockNestingModeMap,
	}
	mode, ok := modes[n.Nesting]
	if !ok {
		return nil, fmt.Errorf("%s: unknown nesting %q", name, n.Nesting)
	}
	inner, err := n.Block.translated()
	return &tfprotov5.SchemaNestedBlock{
		TypeName: name, Nesting: mode, MinItems: n.Min, MaxItems: n.Max, Block: inner,
	}, err
}

func sorted[V any](given map[string]V) []string {
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

package main

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// PlanResourceChange leaves open what only Vault can say, fills in defaults, and keeps what is computed.
func (p *provider) PlanResourceChange(
	_ context.Context, asked *tfprotov5.PlanResourceChangeRequest,
) (*tfprotov5.PlanResourceChangeResponse, error) {
	schema := p.schemas.resources[asked.TypeName]
	prior, proposed, config, err := p.three(asked, schema)
	if err != nil {
		return nil, err
	}
	made := &tfprotov5.PlanResourceChangeResponse{UnsafeToUseLegacyTypeSystem: true}
	if proposed != nil {
		what := kinds[asked.TypeName]
		fillIn(proposed, prior, config, what, schema)
		for _, name := range what.replaces {
			if prior != nil && !reflect.DeepEqual(prior[name], proposed[name]) && !empty(prior[name], proposed[name]) {
				made.RequiresReplace = append(made.RequiresReplace, tftypes.NewAttributePath().WithAttributeName(name))
			}
		}
	}
	made.PlannedState, err = encoded(proposed, schema)
	return made, err
}

func (p *provider) three(
	asked *tfprotov5.PlanResourceChangeRequest, schema *tfprotov5.Schema,
) (prior, proposed, config object, err error) {
	if prior, err = decoded(asked.PriorState, schema); err != nil {
		return
	}
	if proposed, err = decoded(asked.ProposedNewState, schema); err != nil {
		return
	}
	config, err = decoded(asked.Config, schema)
	return
}

func fillIn(proposed, prior, config object, what kind, schema *tfprotov5.Schema) {
	for _, one := range schema.Block.Attributes {
		value, fixed := what.defaults[one.Name]
		switch {
		case one.WriteOnly:
			proposed[one.Name] = nil
		case config[one.Name] == nil && fixed:
			proposed[one.Name] = value
		case one.Computed && prior == nil && config[one.Name] == nil:
			proposed[one.Name] = unknown
		}
	}
}

// empty is true where both are nothing, in whatever form: an SDK does not tell them apart.
func empty(one, other any) bool { return zero(one) && zero(other) }

func zero(value any) bool {
	switch given := value.(type) {
	case nil:
		return true
	case string:
		return given == ""
	case bool:
		return !given
	case float64:
		return given == 0
	case []any:
		return len(given) == 0
	case object:
		return len(given) == 0
	}
	return false
}

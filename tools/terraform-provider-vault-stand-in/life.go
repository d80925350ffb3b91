package main

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func (p *provider) ApplyResourceChange(
	_ context.Context, asked *tfprotov5.ApplyResourceChangeRequest,
) (*tfprotov5.ApplyResourceChangeResponse, error) {
	schema := p.schemas.resources[asked.TypeName]
	prior, err := decoded(asked.PriorState, schema)
	if err != nil {
		return nil, err
	}
	plan, err := decoded(asked.PlannedState, schema)
	if err != nil {
		return nil, err
	}
	state, fault := p.applied(asked.TypeName, prior, plan)
	made := &tfprotov5.ApplyResourceChangeResponse{UnsafeToUseLegacyTypeSystem: true}
	if fault != nil {
		made.Diagnostics = failed(asked.TypeName, fault)
	}
	made.NewState, err = encoded(state, schema)
	return made, err
}

// applied returns what is there now, and what went wrong.
func (p *provider) applied(name string, prior, plan object) (object, error) {
	what, ok := kinds[name]
	if !ok {
		return prior, fmt.Errorf("the stand-in knows the schema of %s and not how to make one", name)
	}
	switch {
	case plan == nil:
		return nil, p.destroyed(what, prior)
	case prior == nil:
		return p.created(name, what, plan)
	}
	return p.updated(name, what, prior, plan)
}

func (p *provider) destroyed(what kind, prior object) error {
	if what.stays {
		return nil
	}
	_, err := p.vault.ask("DELETE", filled(what.path, prior), nil)
	if absent(err) {
		return nil
	}
	return err
}

func (p *provider) created(name string, what kind, plan object) (object, error) {
	if what.before != nil {
		if err := what.before(p.vault, plan); err != nil {
			return nil, err
		}
	}
	path := what.makes
	if path == "" {
		path = filled(what.path, plan)
	}
	answer, err := p.vault.ask("POST", path, what.bodyOf(plan, nil))
	if err != nil {
		return nil, err
	}
	known := withoutUnknown(plan)
	known["id"] = what.idOf(plan)
	if what.id != "" {
		known["id"] = answer[what.id]
		if answer[what.id] == nil {
			// Vault has changed what was there, and answers nothing: the real provider, too, asks it only then.
			return nil, fmt.Errorf("%v exists already", plan["name"])
		}
	}
	if what.after != nil {
		if err := what.after(p.vault, known, nil); err != nil {
			return known, err
		}
	}
	return p.found(name, what, known)
}

func (p *provider) updated(name string, what kind, prior, plan object) (object, error) {
	known := withoutUnknown(plan)
	known["id"] = prior["id"]
	change := what.change
	if change == nil {
		change = func(v *vault, plan, _, body object) error {
			_, err := v.ask("POST", filled(what.path, plan), body)
			return err
		}
	}
	if err := change(p.vault, known, prior, what.bodyOf(known, prior)); err != nil {
		return prior, err
	}
	if what.after != nil {
		if err := what.after(p.vault, known, prior); err != nil {
			return prior, err
		}
	}
	return p.found(name, what, known)
}

// bodyOf sends what is set; on a change also what no longer is, as its zero.
func (k kind) bodyOf(plan, prior object) object {
	body := object{}
	for _, name := range k.fields {
		switch value := plan[name]; {
		case value == unknown:
		case value != nil:
			body[name] = value
		case prior != nil && !zero(prior[name]):
			body[name] = zeroOf(prior[name])
		}
	}
	for _, name := range k.zeros {
		if body[name] == nil {
			body[name] = 0
		}
	}
	if k.body != nil {
		return k.body(plan, body)
	}
	return body
}

func zeroOf(value any) any {
	switch value.(type) {
	case string:
		return ""
	case bool:
		return false
	case float64:
		return 0
	case []any:
		return []any{}
	}
	return object{}
}

func withoutUnknown(plan object) object {
	made := object{}
	for name, value := range plan {
		if value != unknown {
			made[name] = value
		}
	}
	return made
}

func (p *provider) ReadResource(
	_ context.Context, asked *tfprotov5.ReadResourceRequest,
) (*tfprotov5.ReadResourceResponse, error) {
	schema := p.schemas.resources[asked.TypeName]
	state, err := decoded(asked.CurrentState, schema)
	if err != nil {
		return nil, err
	}
	made := &tfprotov5.ReadResourceResponse{}
	what, ok := kinds[asked.TypeName]
	if !ok {
		return nil, fmt.Errorf("the stand-in cannot read %s", asked.TypeName)
	}
	state, fault := p.found(asked.TypeName, what, state)
	if fault != nil {
		made.Diagnostics = failed(asked.TypeName, fault)
	}
	made.NewState, err = encoded(state, schema)
	return made, err
}

// found is the state as Vault shows it now, or nil where it is gone.
func (p *provider) found(name string, what kind, state object) (object, error) {
	find := what.find
	if find == nil {
		find = func(v *vault, state object) (object, error) { return v.ask("GET", filled(what.path, state), nil) }
	}
	answer, err := find(p.vault, state)
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return state, err
	}
	made := copied(state)
	for _, one := range p.schemas.resources[name].Block.Attributes {
		if value, there := what.shown(answer, one.Name); there {
			made[one.Name] = settled(state[one.Name], value, one)
		} else if one.Computed && made[one.Name] == nil && one.Name != "id" {
			made[one.Name] = answer[one.Name]
		}
	}
	if what.read != nil {
		if err := what.read(p.vault, state, answer, made); err != nil {
			return state, err
		}
	}
	return made, nil
}

func (k kind) shown(answer object, name string) (any, bool) {
	if other, ok := k.renamed[name]; ok {
		return answer[other], true
	}
	for _, field := range k.fields {
		if field == name {
			value, there := answer[name]
			return value, there
		}
	}
	return nil, false
}

// settled keeps an empty value in the form that the configuration gave it, and reads a duration as seconds.
func settled(known, shown any, attribute *tfprotov5.SchemaAttribute) any {
	if zero(known) && zero(shown) && (known != nil || !attribute.Computed) {
		return known
	}
	if written, ok := shown.(string); ok && attribute.Type.Is(tftypes.Number) {
		if span, err := time.ParseDuration(written); err == nil {
			shown = span.Seconds()
			if zero(known) && zero(shown) {
				return known
			}
		}
	}
	if shown == nil && attribute.Type.Is(tftypes.Set{}) {
		return []any{}
	}
	return shown
}

func copied(given object) object {
	made := object{}
	for name, value := range given {
		made[name] = value
	}
	return made
}

// ImportResourceState takes from the id what it says of the attributes; the read that follows brings the rest.
func (p *provider) ImportResourceState(
	_ context.Context, asked *tfprotov5.ImportResourceStateRequest,
) (*tfprotov5.ImportResourceStateResponse, error) {
	what, ok := kinds[asked.TypeName]
	if !ok {
		return nil, fmt.Errorf("the stand-in cannot read %s", asked.TypeName)
	}
	state, err := encoded(what.told(asked.ID), p.schemas.resources[asked.TypeName])
	return &tfprotov5.ImportResourceStateResponse{ImportedResources: []*tfprotov5.ImportedResource{
		{TypeName: asked.TypeName, State: state},
	}}, err
}

func (k kind) told(id string) object {
	made := object{"id": id}
	pattern := k.idPattern
	if pattern == "" && k.id == "" {
		pattern = k.path
	}
	placeholder := regexp.MustCompile(`\\\{(\w+)\\\}`)
	whole := regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(pattern), "(?P<$1>.+)") + "$")
	parts := whole.FindStringSubmatch(id)
	for number, name := range whole.SubexpNames() {
		if name != "" && parts != nil {
			made[name] = parts[number]
		}
	}
	return made
}

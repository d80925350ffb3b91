package main

import (
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// object is a block's attributes as plain Go values: nil, string, bool, float64, []any, map[string]any or unknown.
type object = map[string]any

type unknownValue struct{}

var unknown = unknownValue{}

// decoded returns nil for the null object, which is what is not there yet or no longer.
func decoded(given *tfprotov5.DynamicValue, schema *tfprotov5.Schema) (object, error) {
	value, err := given.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}
	plain, err := plainOf(value)
	if plain == nil || err != nil {
		return nil, err
	}
	return plain.(object), nil
}

func encoded(given object, schema *tfprotov5.Schema) (*tfprotov5.DynamicValue, error) {
	kind := schema.ValueType()
	var plain any
	if given != nil {
		plain = given
	}
	value, err := valueOf(kind, plain)
	if err != nil {
		return nil, err
	}
	made, err := tfprotov5.NewDynamicValue(kind, value)
	return &made, err
}

func plainOf(value tftypes.Value) (any, error) {
	if !value.IsKnown() {
		return unknown, nil
	}
	if value.IsNull() {
		return nil, nil
	}
	kind := value.Type()
	switch {
	case kind.Is(tftypes.String):
		return into[string](value)
	case kind.Is(tftypes.Bool):
		return into[bool](value)
	case kind.Is(tftypes.Number):
		var number *big.Float
		err := value.As(&number)
		if err != nil {
			return nil, err
		}
		made, _ := number.Float64()
		return made, nil
	case kind.Is(tftypes.Object{}), kind.Is(tftypes.Map{}):
		parts, err := into[map[string]tftypes.Value](value)
		if err != nil {
			return nil, err
		}
		made := object{}
		for name, part := range parts.(map[string]tftypes.Value) {
			if made[name], err = plainOf(part); err != nil {
				return nil, err
			}
		}
		return made, nil
	}
	parts, err := into[[]tftypes.Value](value)
	if err != nil {
		return nil, err
	}
	made := []any{}
	for _, part := range parts.([]tftypes.Value) {
		plain, err := plainOf(part)
		if err != nil {
			return nil, err
		}
		made = append(made, plain)
	}
	return made, nil
}

func into[T any](value tftypes.Value) (any, error) {
	var made T
	err := value.As(&made)
	return made, err
}

func valueOf(kind tftypes.Type, plain any) (tftypes.Value, error) {
	switch given := plain.(type) {
	case nil:
		return tftypes.NewValue(kind, nil), nil
	case unknownValue:
		return tftypes.NewValue(kind, tftypes.UnknownValue), nil
	case object:
		return valueOfObject(kind, given)
	case []any:
		return valueOfList(kind, given)
	case float64:
		return tftypes.NewValue(kind, big.NewFloat(given)), nil
	}
	if err := tftypes.ValidateValue(kind, plain); err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.NewValue(kind, plain), nil
}

func valueOfObject(kind tftypes.Type, given object) (tftypes.Value, error) {
	made := map[string]tftypes.Value{}
	var err error
	switch whole := kind.(type) {
	case tftypes.Object:
		for name, inner := range whole.AttributeTypes {
			if made[name], err = valueOf(inner, given[name]); err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
		}
	case tftypes.Map:
		for name, part := range given {
			if made[name], err = valueOf(whole.ElementType, part); err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
		}
	default:
		return tftypes.Value{}, fmt.Errorf("%s is not made of named parts", kind)
	}
	return tftypes.NewValue(kind, made), nil
}

func valueOfList(kind tftypes.Type, given []any) (tftypes.Value, error) {
	var inner tftypes.Type
	switch whole := kind.(type) {
	case tftypes.List:
		inner = whole.ElementType
	case tftypes.Set:
		inner = whole.ElementType
	default:
		return tftypes.Value{}, fmt.Errorf("%s is not a list", kind)
	}
	made := []tftypes.Value{}
	for _, part := range given {
		value, err := valueOf(inner, part)
		if err != nil {
			return tftypes.Value{}, err
		}
		made = append(made, value)
	}
	return tftypes.NewValue(kind, made), nil
}

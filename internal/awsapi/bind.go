package awsapi

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// service is an API of AWS.
type service struct {
	// model is its name in internal/model, in which the catalogue names it too.
	model string
	// prefix is that of its IAM actions.
	prefix string
	// modelless APIs are not in internal/model; lower: their members begin in lower case.
	modelless, lower bool
	// global APIs have one endpoint for all Regions.
	global bool
	// client makes a client of the SDK; nil: the SDK has none.
	client func(aws.Config) any
	// reads are the operations that are called, by name; those that the SDK lacks are
	// called by the model.
	reads reads
}

type reads map[string]read

// read is an operation of the SDK.
type read struct {
	// call makes the call and hands each page of the answer to page.
	call func(ctx context.Context, client any, in map[string]any, page func(output any) error) error
	// output is the structure that the SDK makes of the answer; what it lacks cannot be read.
	output reflect.Type
}

// of makes clients without naming their type.
func of[C, O any](construct func(aws.Config, ...func(*O)) *C) func(aws.Config) any {
	return func(c aws.Config) any { return construct(c) }
}

// one calls an operation that answers at once.
func one[C, I, O, S any](call func(C, context.Context, *I, ...func(*S)) (*O, error)) read {
	return read{output: reflect.TypeFor[O](), call: func(ctx context.Context, client any, in map[string]any, page func(any) error) error {
		input := new(I)
		if err := fill(reflect.ValueOf(input).Elem(), in); err != nil {
			return err
		}
		output, err := call(client.(C), ctx, input)
		if err != nil {
			return err
		}
		return page(output)
	}}
}

// paginator is what the SDK's paginators have in common.
type paginator[O, S any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*S)) (*O, error)
}

// pages calls a listing page by page.
func pages[C, I, PO, O, S any, P paginator[O, S]](paginate func(C, *I, ...func(*PO)) P) read {
	return read{output: reflect.TypeFor[O](), call: func(ctx context.Context, client any, in map[string]any, page func(any) error) error {
		input := new(I)
		if err := fill(reflect.ValueOf(input).Elem(), in); err != nil {
			return err
		}
		for p := paginate(client.(C), input); p.HasMorePages(); {
			output, err := p.NextPage(ctx)
			if err != nil {
				return err
			}
			if err := page(output); err != nil {
				return err
			}
		}
		return nil
	}}
}

// fill sets the members of an input of the SDK. A single value fills a list.
func fill(input reflect.Value, members map[string]any) error {
	for name, v := range members {
		f := input.FieldByName(fieldName(name))
		if !f.IsValid() {
			return fmt.Errorf("fill %s: the SDK's input has no member %s", input.Type().Name(), name)
		}
		if err := set(f, reflect.ValueOf(v)); err != nil {
			return fmt.Errorf("fill %s.%s: %w", input.Type().Name(), name, err)
		}
	}
	return nil
}

func set(f, v reflect.Value) error {
	switch {
	case f.Kind() == reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
		return set(f.Elem(), v)
	case f.Kind() == reflect.Slice && v.Kind() != reflect.Slice:
		f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		return set(f.Index(0), v)
	case f.Kind() == v.Kind() && v.CanConvert(f.Type()):
		f.Set(v.Convert(f.Type()))
		return nil
	}
	return fmt.Errorf("%s is no %s", v.Kind(), f.Type())
}

// fieldName is the SDK's name of a member.
func fieldName(member string) string { return strings.ToUpper(member[:1]) + member[1:] }

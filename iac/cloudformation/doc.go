// Package cloudformation reads CloudFormation templates (JSON and YAML), AWS SAM
// templates, nested stacks that are present on disk and CDK assemblies, and
// evaluates them to the resources of package graph.
//
// What a template determines is resolved: parameters with defaults or given values,
// references, the intrinsic functions, conditions, mappings, imports from templates
// among the inputs. A condition that nothing decides makes a choice between both
// branches. What only a deployment determines (dynamic references, macros, custom
// resources, parameters without a value) is unknown with its reason, and noted with
// its position where it may hide more than one value. Nothing is guessed.
//
// The package reads no file by itself and judges nothing. Every template ends in
// bounded time and memory, whatever it holds.
//
// The reference for templates is
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
// and for functions
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
package cloudformation

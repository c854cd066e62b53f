package agentcore

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// idSize is the size of the random part of ids.
const idSize = 10

// The forms of ids, by the patterns of the model.
func mixedID(w *emulate.World, name string) string {
	return name + "-" + w.ID(emulate.Letters, idSize)
}

func lowerID(w *emulate.World, name string) string {
	return strings.ToLower(name) + "-" + w.ID(emulate.LowerDigits, idSize)
}

func policyID(w *emulate.World, name string) string {
	return name + "-" + w.ID(emulate.LowerDigits, idSize)
}

func plainID(w *emulate.World, _ string) string { return w.ID(emulate.Letters, idSize) }

func uuid(w *emulate.World, _ string) string { return w.UUID() }

// kinds are all kinds.
func kinds() []*kind {
	return slices.Concat(gatewayKinds(), policyKinds(), memoryKinds(), evaluationKinds(), identityKinds(), paymentKinds(), runtimeKinds(), toolKinds())
}

// toolKinds are the tools of agents and the instances that they run on.
func toolKinds() []*kind {
	return []*kind{
		{
			noun: "Browser", plural: "Browsers", without: []string{"UpdateBrowser"}, path: "browser-custom/",
			in: "browserId", out: "browserId", arn: "browserArn", title: "name", id: mixedID, ready: "READY", role: "executionRoleArn", hidden: ofSystem,
		},
		{
			noun: "BrowserProfile", plural: "BrowserProfiles", without: []string{"UpdateBrowserProfile"}, path: "browser-profile/",
			in: "profileId", out: "profileId", arn: "profileArn", title: "name", id: mixedID, ready: "READY", begins: "READY", hidden: otherName,
		},
		{
			noun: "CodeInterpreter", plural: "CodeInterpreters", without: []string{"UpdateCodeInterpreter"}, path: "code-interpreter-custom/",
			in: "codeInterpreterId", out: "codeInterpreterId", arn: "codeInterpreterArn", title: "name", id: mixedID, ready: "READY", role: "executionRoleArn", hidden: ofSystem,
		},
		capacityProvider(),
	}
}

// with is a copy of an object at a path of an object, with other members.
func with(o wire.Object, name string, more wire.Object) wire.Object {
	return o.With(wire.Object{name: o.Object(name).With(more)})
}

// ofSystem hides everything from a list of what AWS gives everybody, which the plane has not.
func ofSystem(r *emulate.Request, _ *records.Record) bool { return r.In.Text("type") == "SYSTEM" }

// otherName hides what has another name than a list asks for.
func otherName(r *emulate.Request, rec *records.Record) bool {
	name := r.In.Text("name")
	return name != "" && name != rec.Doc.Text("name")
}

// givenByAWS says whether an evaluator is one of AWS's.
func givenByAWS(evaluator string) bool {
	return strings.HasPrefix(evaluator, "Builtin.") || strings.HasPrefix(evaluator, "ThirdParty.")
}

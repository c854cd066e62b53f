package authz

import "strings"

// layerPhrases name the layers in "with an explicit deny in …".
var layerPhrases = [...]string{
	LayerIdentity: "an identity-based policy", LayerBoundary: "a permissions boundary", LayerSession: "a session policy",
	LayerSCP: "a service control policy", LayerRCP: "a resource control policy", LayerEndpoint: "a VPC endpoint policy",
	LayerResource: "a resource-based policy",
}

// Message is the text of AWS's AccessDenied error for a denied request; empty for
// other outcomes. Across accounts KMS does not tell a missing key, a key policy
// that allows nothing and one that denies apart. Callers that are services get no
// reason. No text is documented for kms:RetireGrant, which no grant lets the caller
// do: it is worded here like the others. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (d Decision) Message(req *Request) string {
	if d.Outcome != ExplicitDeny && d.Outcome != ImplicitDeny {
		return ""
	}
	action := actionName(req.Action)
	subject := "User: " + req.Principal.ARN + " is not authorized to perform: " + action
	if req.Principal.Kind == Service {
		return subject + " on resource: " + req.Resource
	}
	layer := d.deniedBy()
	e := newEval(req, &Layers{Resource: &Policy{}})
	if e.isKMS() && !e.identityOnly && e.same == no && (layer == LayerResource || layer == LayerCrossAccount) {
		return subject + " on this resource because the resource does not exist in this Region, no resource-based policies allow access, " +
			"or a resource-based policy explicitly denies access"
	}
	subject += " on resource: " + req.Resource
	if d.Outcome == ExplicitDeny {
		text := subject + " with an explicit deny"
		if layer == 0 {
			return text
		}
		text += " in " + layerPhrases[layer]
		if p := d.Reasons[0].Policy; layer == LayerSCP && strings.HasPrefix(p, "arn:") {
			text += ": " + p
		}
		return text
	}
	if layer == 0 || layer > LayerGrant {
		return subject
	}
	return subject + " because no " + layer.String() + " allows the " + action + " action"
}

// deniedBy is the layer that AWS names.
func (d *Decision) deniedBy() Layer {
	switch {
	case d.Outcome == ExplicitDeny && len(d.Reasons) > 0:
		return d.Reasons[0].Layer
	case d.Outcome == ImplicitDeny && len(d.Missing) > 0:
		return d.Missing[0]
	}
	return 0
}

// actionName writes a KMS action as AWS does.
func actionName(action string) string {
	if i := kmsIndex(action); i >= 0 {
		return "kms:" + kmsActions[i].name
	}
	return action
}

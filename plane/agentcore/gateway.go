package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// gatewayKinds are gateways and their parts.
//
// The guide says that the names of gateways, targets and tools are never under the key; that
// descriptions are not, so that lists show them, is unconfirmed.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-encryption.html
func gatewayKinds() []*kind {
	gateway := &kind{
		noun: "Gateway", plural: "Gateways", path: "gateway/",
		in: "gatewayIdentifier", out: "gatewayId", arn: "gatewayArn", title: "name", id: lowerID, ready: "READY",
		role: "roleArn", update: replaces, keeps: []string{"gatewayUrl"}, blocks: []string{"GatewayTarget"}, identity: true,
		key: keyUse{typ: "AWS::BedrockAgentCore::Gateway", slot: "configuration", member: "kmsKeyArn", role: "service"},
		content: contentUse{
			members: []string{"protocolConfiguration", "authorizerConfiguration", "interceptorConfigurations", "customTransformConfiguration"},
			write:   "create", read: "use", also: []string{"use"},
		},
		made: func(_ context.Context, r *emulate.Request, n *draft) error {
			// The form is that of https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-using.html
			n.members["gatewayUrl"] = "https://" + n.id + ".gateway.bedrock-agentcore." + r.Region + ".amazonaws.com/mcp"
			return nil
		},
	}
	return []*kind{gateway, gatewayTarget(gateway), gatewayRule(gateway), gatewayRateLimit(gateway)}
}

func gatewayTarget(gateway *kind) *kind {
	return &kind{
		noun: "GatewayTarget", plural: "GatewayTargets", parent: gateway, in: "targetId", out: "targetId", title: "name", id: plainID, ready: "READY",
		update: replaces,
		key:    keyUse{typ: "AWS::BedrockAgentCore::GatewayTarget", slot: "configuration"},
		content: contentUse{
			members: []string{"targetConfiguration", "credentialProviderConfigurations", "metadataConfiguration"},
			write:   "create", read: "create",
		},
		made: func(_ context.Context, _ *emulate.Request, n *draft) error {
			if n.members["name"] == nil {
				n.members["name"] = n.id // which name AWS makes is not documented
			}
			return noCredentials(n)
		},
		changed: func(_ context.Context, _ *emulate.Request, n *draft) error { return noCredentials(n) },
	}
}

// noCredentials completes a member that answers must have.
func noCredentials(n *draft) error {
	if n.members["credentialProviderConfigurations"] == nil {
		n.members["credentialProviderConfigurations"] = []any{}
	}
	return nil
}

func gatewayRule(gateway *kind) *kind {
	return &kind{
		noun: "GatewayRule", plural: "GatewayRules", parent: gateway, in: "ruleId", out: "ruleId", id: uuid, ready: "ACTIVE", update: merges,
	}
}

func gatewayRateLimit(gateway *kind) *kind {
	return &kind{
		noun: "GatewayRateLimit", plural: "GatewayRateLimits", parent: gateway, in: "rateLimitId", out: "rateLimitId", ready: "ACTIVE", update: merges,
		made: func(_ context.Context, r *emulate.Request, n *draft) error {
			if n.id = r.In.Text("rateLimitId"); n.id == "" {
				n.id = r.Service.UUID() // the form that AWS makes is not documented
			}
			n.members = n.members.With(wire.Object{"rateLimitId": n.id})
			return nil
		},
	}
}

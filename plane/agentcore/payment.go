package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/plane/emulate"
)

// unavailable is what lists show in place of what cannot be decrypted.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/payments-encryption.html
const unavailable = "[UNAVAILABLE]"

// paymentKinds are payment managers and their connectors, whose names and descriptions are
// under the manager's key.
func paymentKinds() []*kind {
	manager := &kind{
		noun: "PaymentManager", plural: "PaymentManagers", path: "payment-manager/",
		in: "paymentManagerId", out: "paymentManagerId", arn: "paymentManagerArn", title: "name", id: lowerID, ready: "READY",
		role: "roleArn", update: merges, blocks: []string{"PaymentConnector"}, identity: true,
		key:     keyUse{typ: "AWS::BedrockAgentCore::PaymentManager", slot: "content", member: "kmsKeyArn", once: true, role: "execution"},
		content: contentUse{members: []string{"name", "description"}, write: "create", read: "create", also: []string{"use"}, listed: true, unavailable: unavailable},
	}
	connector := &kind{
		noun: "PaymentConnector", plural: "PaymentConnectors", parent: manager,
		in: "paymentConnectorId", out: "paymentConnectorId", title: "name", id: lowerID, ready: "READY", update: merges,
		key:     keyUse{typ: manager.key.typ, slot: manager.key.slot, role: "execution"},
		content: contentUse{members: []string{"name", "description"}, write: "create", read: "create", listed: true, unavailable: unavailable},
		made: func(_ context.Context, _ *emulate.Request, n *draft) error {
			if n.members["provisionMode"] == nil {
				n.members["provisionMode"] = "MANUAL"
			}
			return noCredentials(n)
		},
	}
	return []*kind{manager, connector}
}

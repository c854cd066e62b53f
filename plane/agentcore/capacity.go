package agentcore

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/plane/emulate"
)

// capacityProvider is a fleet of EC2 instances. Its keys are those of volumes, which nothing
// here writes: they are validated when it is made.
func capacityProvider() *kind {
	return &kind{
		noun: "CapacityProvider", plural: "CapacityProviders", path: "capacity-provider/",
		in: "capacityProviderId", out: "capacityProviderId", arn: "capacityProviderArn", title: "name", id: mixedID, ready: "READY",
		role: "permissionsConfiguration.capacityProviderOperatorRoleArn", update: merges, wrapped: []string{"description"},
		made: validateVolumes,
	}
}

func validateVolumes(ctx context.Context, r *emulate.Request, n *draft) error {
	ec2 := n.members.Object("computeConfiguration.ec2Configuration")
	keys := map[string][]string{"root-volume": {ec2.Text("rootVolume.kmsKeyId")}}
	for _, v := range ec2.Objects("volumes") {
		keys["volumes"] = append(keys["volumes"], v.Text("ebsConfiguration.kmsKeyId"))
	}
	for _, v := range ec2.Objects("launchTemplateSource.launchParameters.ephemeralVolumes") {
		keys["ephemeral-volumes"] = append(keys["ephemeral-volumes"], v.Text("ebs.kmsKeyId"))
	}
	for _, slot := range slices.Sorted(maps.Keys(keys)) {
		s := r.Subject("AWS::BedrockAgentCore::CapacityProvider", slot, n.arn)
		for _, key := range keys[slot] {
			if err := r.Service.Keys.Meet(ctx, r.Call, s, key, nil, "validate"); err != nil {
				return err
			}
		}
	}
	return nil
}

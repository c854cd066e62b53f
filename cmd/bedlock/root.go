package main

import (
	"errors"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by release builds with -ldflags "-X main.version=…".
var version = ""

func newRoot(env environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "bedlock",
		Short: "Audit the encryption of Amazon Bedrock under your own KMS keys",
		Long: `Bedlock shows, for every place where an Amazon Bedrock resource (or a store behind
it) names a KMS key, on which rung of the ladder it stands, why, and what to do:

  unread  unresolved  |  unkeyed  aws-managed  broken  unusable  exposed  sound  proved

This version reads AWS, CloudFormation, SAM and CDK, Terraform plans, states and code,
and saved inventories.`,
		Example: `  bedlock audit templates/ plan.json
  bedlock audit cdk.out --format sarif -o bedlock.sarif
  bedlock audit aws --region eu-west-1
  bedlock explain broken
  bedlock prove simulate request.yaml`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       buildVersion(),
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("see `"+cmd.CommandPath()+" --help`", "%w", err)
	})
	root.AddCommand(newAudit(env), newInventory(env), newExplain(env), newRules(env), newProve(env), newLocal(env), newDemo(env), newPlan(env), newRehearse(env), newApply(env), newVerify(env), newUndo(env))
	usageArgs(root)
	return root
}

// usageArgs turns errors about arguments into usage errors, here and below.
func usageArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			var own *exitError
			if err := check(cmd, args); errors.As(err, &own) {
				return err
			} else if err != nil {
				return usage("see `"+cmd.CommandPath()+" --help`", "%w", err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageArgs(sub)
	}
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// identityKinds are workload identities and credential providers.
func identityKinds() []*kind {
	return []*kind{workloadIdentity(), apiKeyProvider(), oauth2Provider(), paymentProvider()}
}

const (
	identityPath = "workload-identity-directory/default/workload-identity/"
	// linked marks the identity of another resource.
	linked = "linked"
)

func identityARN(r *emulate.Request, name string) string { return r.ARN(identityPath + name) }

func identityKey(r *emulate.Request, name string) records.Key { return r.Key("WorkloadIdentity", name) }

func workloadIdentity() *kind {
	return &kind{
		noun: "WorkloadIdentity", plural: "WorkloadIdentities", without: []string{"DeleteWorkloadIdentity"}, path: identityPath, own: true,
		in: "name", out: "name", arn: "workloadIdentityArn", title: "name", update: merges,
	}
}

// identityOperations are those that identities of other resources refuse.
func identityOperations() operations {
	k := workloadIdentity()
	return operations{"DeleteWorkloadIdentity": {Resource: k.resource, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := k.find(r)
		if err != nil {
			return nil, err
		}
		if rec.Doc.Bool(linked) {
			// Source: https://github.com/aws-solutions/innovation-sandbox-on-aws/pull/67
			return nil, r.Fail("ValidationException", "WorkloadIdentity is linked to a service and cannot be deleted by the caller.")
		}
		return k.remove(ctx, r)
	}}}
}

// providerOf is a credential provider. Its secrets are sealed and shown by no operation of the
// control plane.
func providerOf(noun, path string, secrets []string) *kind {
	return &kind{
		noun: noun, plural: noun + "s", path: "token-vault/" + defaultVault + "/" + path + "/", own: true,
		in: "name", out: "name", arn: "credentialProviderArn", title: "name", update: replaces, keeps: []string{"callbackUrl"},
		content: contentUse{members: secrets, hidden: true},
	}
}

// secretARN is the ARN of the secret of a provider. The secret is kept with the provider: the
// plane does not show it in Secrets Manager, where AWS keeps it.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-data-encryption.html
func secretARN(r *emulate.Request, of, name string) wire.Object {
	suffix := r.Service.ID(emulate.Letters, 6)
	return wire.Object{"secretArn": r.ARNOf("secretsmanager", "secret:bedrock-agentcore-identity!"+defaultVault+"/"+of+"/"+name+"-"+suffix)}
}

// place says where the secret with a name is: in a secret of the customer, or in the
// service's own.
func place(r *emulate.Request, given wire.Object, name, arn, of string) wire.Object {
	if given.Text(name+"Source") == "EXTERNAL" {
		config := given.Object(name + "Config")
		return wire.Object{arn: wire.Object{"secretArn": config.Text("secretId")}, name + "JsonKey": config["jsonKey"], name + "Source": "EXTERNAL"}
	}
	return wire.Object{arn: secretARN(r, of, r.In.Text("name")), name + "Source": "MANAGED"}
}

func apiKeyProvider() *kind {
	k := providerOf("ApiKeyCredentialProvider", "apikeycredentialprovider", []string{"apiKey"})
	k.made = func(_ context.Context, r *emulate.Request, n *draft) error {
		n.members = n.members.Without("apiKeySecretConfig").With(place(r, r.In, "apiKeySecret", "apiKeySecretArn", "apikey"))
		return nil
	}
	k.changed = k.made
	return k
}

// oauth2Provider is an OAuth2 provider. Where its kind has a discovery of its own, which AWS
// knows for the vendors, it is not shown.
func oauth2Provider() *kind {
	k := providerOf("Oauth2CredentialProvider", "oauth2credentialprovider", []string{"clientSecret"})
	k.made = func(_ context.Context, r *emulate.Request, n *draft) error {
		delete(n.members, "oauth2ProviderConfigInput")
		for vendor := range r.In.Object("oauth2ProviderConfigInput") {
			config := r.In.Object("oauth2ProviderConfigInput." + vendor)
			n.members = n.members.With(place(r, config, "clientSecret", "clientSecretArn", "oauth2")).With(config.Pick("clientSecret"))
			n.members["oauth2ProviderConfigOutput"] = wire.Object{vendor: config.Without("clientSecret", "clientSecretConfig", "clientSecretSource")}
		}
		n.members["status"] = "READY"
		if n.members["callbackUrl"] == nil {
			// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/identity-idps.html
			n.members["callbackUrl"] = "https://bedrock-agentcore." + r.Region + ".amazonaws.com/identities/oauth2/callback/" + r.Service.UUID()
		}
		return nil
	}
	k.changed = k.made
	return k
}

// paymentSecrets are the members of configurations that are secrets, with the members that
// name where they are kept.
var paymentSecrets = map[string]string{
	"apiKeySecret": "apiKeySecretArn", "walletSecret": "walletSecretArn", "appSecret": "appSecretArn", "authorizationPrivateKey": "authorizationPrivateKeyArn",
}

func paymentProvider() *kind {
	k := providerOf("PaymentCredentialProvider", "paymentcredentialprovider", []string{"secrets"})
	k.made = func(_ context.Context, r *emulate.Request, n *draft) error {
		delete(n.members, "providerConfigurationInput")
		for vendor := range r.In.Object("providerConfigurationInput") {
			config := r.In.Object("providerConfigurationInput." + vendor)
			shown, secrets := config, wire.Object{}
			for name, arn := range paymentSecrets {
				if !config.Has(name) && !config.Has(name+"Config") {
					continue
				}
				secrets = secrets.With(config.Pick(name))
				shown = shown.Without(name, name+"Config").With(place(r, config, name, arn, "payment"))
			}
			n.members["providerConfigurationOutput"], n.members["secrets"] = wire.Object{vendor: shown}, secrets
		}
		return nil
	}
	k.changed = k.made
	return k
}

package lint

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// globalKeys are the global condition keys with what is known of them, and the keys
// of services that are in requests to other services; * stands for the name of a
// tag. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var globalKeys = [...]conditionKey{
	{name: "aws:PrincipalArn", typed: arnValue},
	{name: "aws:PrincipalAccount", typed: stringValue},
	{name: "aws:PrincipalOrgPaths", typed: stringValue, many: true},
	{name: "aws:PrincipalOrgID", typed: stringValue},
	{name: "aws:PrincipalTag/*", typed: stringValue},
	{name: "aws:PrincipalIsAWSService", typed: boolValue},
	{name: "aws:PrincipalServiceName", typed: stringValue},
	{name: "aws:PrincipalServiceNamesList", typed: stringValue, many: true},
	{name: "aws:PrincipalType", typed: stringValue},
	{name: "aws:userid", typed: stringValue},
	{name: "aws:username", typed: stringValue},
	{name: "aws:AssumedRoot", typed: boolValue},
	{name: "aws:FederatedProvider", typed: stringValue},
	{name: "aws:TokenIssueTime", typed: dateValue},
	{name: "aws:SignInSessionArn", typed: arnValue},
	{name: "aws:MultiFactorAuthAge", typed: numericValue},
	{name: "aws:MultiFactorAuthPresent", typed: boolValue},
	{name: "aws:ChatbotSourceArn", typed: arnValue},
	{name: "aws:Ec2InstanceSourceVpc", typed: stringValue},
	{name: "aws:Ec2InstanceSourcePrivateIPv4", typed: addressValue},
	{name: "aws:SourceIdentity", typed: stringValue},
	{name: "aws:SourceIp", typed: addressValue},
	{name: "aws:SourceVpc", typed: stringValue},
	{name: "aws:SourceVpcArn", typed: arnValue},
	{name: "aws:SourceVpce", typed: stringValue},
	{name: "aws:VpceAccount", typed: stringValue},
	{name: "aws:VpceOrgID", typed: stringValue},
	{name: "aws:VpceOrgPaths", typed: stringValue, many: true},
	{name: "aws:VpcSourceIp", typed: addressValue},
	{name: "aws:ResourceAccount", typed: stringValue},
	{name: "aws:ResourceOrgID", typed: stringValue},
	{name: "aws:ResourceOrgPaths", typed: stringValue, many: true},
	{name: "aws:ResourceTag/*", typed: stringValue},
	{name: "aws:CalledVia", typed: stringValue, many: true},
	{name: "aws:CalledViaFirst", typed: stringValue},
	{name: "aws:CalledViaLast", typed: stringValue},
	{name: "aws:CalledViaAWSMCP", typed: stringValue},
	{name: "aws:ViaAWSService", typed: boolValue},
	{name: "aws:ViaAWSMCPService", typed: boolValue},
	{name: "aws:IsMcpServiceAction", typed: boolValue},
	{name: "aws:CurrentTime", typed: dateValue},
	{name: "aws:EpochTime", typed: dateValue},
	{name: "aws:referer", typed: stringValue},
	{name: "aws:RequestedRegion", typed: stringValue},
	{name: "aws:RequestTag/*", typed: stringValue},
	{name: "aws:TagKeys", typed: stringValue, many: true},
	{name: "aws:SecureTransport", typed: boolValue},
	{name: "aws:SourceAccount", typed: stringValue},
	{name: "aws:SourceArn", typed: arnValue},
	{name: "aws:SourceOrgID", typed: stringValue},
	{name: "aws:SourceOrgPaths", typed: stringValue, many: true},
	{name: "aws:UserAgent", typed: stringValue},
	{name: "ec2:RoleDelivery", typed: stringValue},
	{name: "ec2:SourceInstanceArn", typed: arnValue},
	{name: "glue:RoleAssumedBy", typed: stringValue},
	{name: "glue:CredentialIssuingService", typed: stringValue},
	{name: "codebuild:BuildArn", typed: arnValue},
	{name: "codebuild:ProjectArn", typed: arnValue},
	{name: "lambda:SourceFunctionArn", typed: arnValue},
	{name: "ssm:SourceInstanceArn", typed: arnValue},
	{name: "identitystore:UserId", typed: stringValue},
}

// global finds them by name in lower case.
var global = func() map[string]conditionKey {
	m := map[string]conditionKey{}
	for _, k := range globalKeys {
		m[strings.ToLower(k.name)] = k
	}
	return m
}()

// legacyKeys are global keys that AWS does not document there, and uses in policies
// that it makes: SNS gives topics one with aws:SourceOwner, and the role of IAM
// Identity Center has aws:PrincipalOrgMasterAccountId.
var legacyKeys = map[string]bool{"aws:sourceowner": true, "aws:principalorgmasteraccountid": true}

// needsTag are the keys that go on with the name of a tag.
var needsTag = []string{"aws:principaltag", "aws:resourcetag", "aws:requesttag"}

// key finds what is known of a condition key; ok is false when nothing is.
func (t *services) key(name string) (k conditionKey, ok bool) {
	name = strings.ToLower(name)
	if k, ok = global[name]; ok {
		return k, true
	}
	if head, tag, cut := strings.Cut(name, "/"); cut && tag != "" {
		if k, ok = global[head+"/*"]; ok {
			return k, true
		}
	}
	prefix, _, _ := strings.Cut(name, ":")
	s := t.of[prefix]
	if prefix == "saml" {
		s = t.of["sts"]
	}
	if s == nil {
		return k, false
	}
	i := s.key(name)
	if i < 0 {
		return k, false
	}
	return s.keys[i], true
}

// key returns the index of a condition key by name in lower case, -1 when the
// service does not have it.
func (s *service) key(name string) int {
	for i := range s.keys {
		if k := s.keys[i].lower; k == name || strings.Contains(k, "*") && policy.Match(k, name) {
			return i
		}
	}
	return -1
}

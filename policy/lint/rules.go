package lint

import (
	"slices"
	"strings"
)

// Codes returns every rule, in the order of their codes.
func Codes() []Rule {
	out := slices.Concat(grammarRules, elementRules, principalRules, actionRules, resourceRules, conditionRules, keyRules, provedRules)
	slices.SortFunc(out, func(a, b Rule) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// ruleOf finds rules by code.
var ruleOf = func() map[string]Rule {
	m := map[string]Rule{}
	for _, r := range Codes() {
		m[r.Code] = r
	}
	return m
}()

// The pages that rules go by.
const (
	iamGuide    = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
	kmsGuide    = "https://docs.aws.amazon.com/kms/latest/developerguide/"
	orgGuide    = "https://docs.aws.amazon.com/organizations/latest/userguide/"
	checkPage   = iamGuide + "access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-"
	grammarPage = iamGuide + "reference_policies_grammar.html"
	principals  = iamGuide + "reference_policies_elements_principal.html"
	globalPage  = iamGuide + "reference_policies_condition-keys.html"
	manyValues  = iamGuide + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
	variables   = iamGuide + "reference_policies_variables.html"
	rcpSyntax   = orgGuide + "orgs_manage_policies_rcps_syntax.html"
	actionsPage = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
	kmsKeyPage  = kmsGuide + "conditions-kms.html"
	evaluation  = iamGuide + "reference_policies_evaluation-logic.html"
)

// grammarRules are about the form of the document as a whole.
var grammarRules = []Rule{
	{Code: "bad-form", Severity: Error, Title: "an element has the wrong JSON type", Source: grammarPage,
		Text: "An element or entry is an object, a list or null where the grammar has a string, or the reverse. AWS refuses the document."},
	{Code: "bad-value", Severity: Error, Title: "a value that the grammar does not have", Source: grammarPage,
		Text: "Effect is Allow or Deny, in this case; Version is 2012-10-17 or 2008-10-17. AWS refuses others."},
	{Code: "bad-element", Severity: Error, Title: "an element that does not exist", Source: checkPage + "error-invalid-policy-element",
		Text: "The grammar has no element or principal kind of this name, or it is written in another case."},
	{Code: "bad-operator", Severity: Error, Title: "a condition operator that does not exist", Source: checkPage + "error-invalid-condition-operator",
		Text: "IAM has no condition operator of this name and refuses the document."},
	{Code: "null-if-exists", Severity: Error, Title: "Null with IfExists", Source: checkPage + "error-null-with-if-exists",
		Text: "Null asks whether a key is there, so IfExists makes no sense with it and IAM refuses it."},
	{Code: "duplicate", Severity: Error, Title: "something is there twice", Source: checkPage + "error-duplicate-keys-with-different-case",
		Text: "An element, condition operator or condition key occurs twice in one place, perhaps in different case. Of JSON members with one name only one is read."},
	{Code: "conflict", Severity: Error, Title: "an element with its opposite", Source: checkPage + "error-unsupported-element-combination",
		Text: "Action with NotAction, Resource with NotResource, Principal with NotPrincipal cannot stand in one statement."},
	{Code: "bare-principal", Severity: Error, Title: "a principal without a kind", Source: checkPage + "error-invalid-principal-format",
		Text: "Principal is \"*\" or an object of kinds: AWS, Service, Federated, CanonicalUser. A list or another string is refused."},
	{Code: "incomplete", Severity: Error, Title: "a required element is missing", Source: grammarPage,
		Text: "Every document has a Statement, every statement an Effect and one of Action and NotAction. KMS takes a key policy without Action, and the statement has no effect."},
	{Code: "empty-list", Severity: Error, Title: "an empty list", Source: checkPage + "suggestion-empty-array-action",
		Text: "An element without entries, or a condition key without values, matches nothing; a statement with it has no effect as it seems."},
	{Code: "not-known", Severity: Note, Title: "a part that the source does not know", Source: grammarPage,
		Text: "A token stands where the value is known only after a deployment; the statement is judged by the rest."},
	{Code: "policy-too-long", Severity: Error, Title: "longer than AWS takes", Source: iamGuide + "reference_iam-quotas.html",
		Text: "Every kind of policy has a largest size: 10,240 characters in all for the inline policies of a role, 6,144 for a managed policy, 2,048 for a session policy, 4,096 at most for a trust policy (each without white space), 32,768 bytes for a key policy, 10,240 characters for a service control policy, 5,120 for a resource control policy, 20,480 for a VPC endpoint policy."},
	{Code: "policy-long", Severity: Warning, Title: "longer than AWS takes everywhere", Source: iamGuide + "reference_iam-quotas.html",
		Text: "An identity-based policy of more than 6,144 characters fits a role as an inline policy only; a trust policy of more than 2,048 needs a raised quota; a control policy that is too long only with its white space must be saved without."},
	{Code: "foreign-character", Severity: Error, Title: "a character that policies cannot have", Source: iamGuide + "reference_iam-quotas.html",
		Text: "Policies have tab, line feed, carriage return and the characters from U+0020 to U+00FF. Others are refused, also inside strings; write them as \\u escapes."},
	{Code: "version-missing", Severity: Note, Title: "no Version", Source: checkPage + "general-warning-missing-version",
		Text: "Without Version a document is of 2008-10-17, in which policy variables are plain text."},
	{Code: "sid-characters", Severity: Error, Title: "a Sid with characters that IAM refuses", Source: checkPage + "error-unsupported-sid",
		Text: "In IAM's own policies a Sid has letters and digits of ASCII only. Key policies may have spaces."},
	{Code: "duplicate-sid", Severity: Error, Title: "the Sid of another statement", Source: checkPage + "error-unique-sids-required",
		Text: "In IAM's own policies the Sids of one document must be unique."},
	{Code: "repeated-sid", Severity: Note, Title: "the Sid of another statement", Source: checkPage + "general-warning-unique-sids-recommended",
		Text: "Two statements with one Sid are hard to tell apart in messages and logs."},
}

// elementRules are about which elements a kind of document has.
var elementRules = []Rule{
	{Code: "principal-not-allowed", Severity: Error, Title: "a principal where none can be", Source: checkPage + "error-unsupported-principal",
		Text: "Identity-based policies, boundaries, session policies and service control policies name no principals: they hold for whom they are attached to."},
	{Code: "principal-missing", Severity: Error, Title: "no principal", Source: checkPage + "error-missing-principal",
		Text: "Policies of resources, trust policies, resource control policies and endpoint policies say in every statement whom it is about."},
	{Code: "not-principal-refused", Severity: Error, Title: "NotPrincipal where it cannot be", Source: checkPage + "error-role-trust-policy-syntax-error-notprincipal",
		Text: "Trust policies and resource control policies have no NotPrincipal."},
	{Code: "not-principal-allow", Severity: Warning, Title: "Allow with NotPrincipal", Source: checkPage + "security-warning-allow-with-not-principal",
		Text: "It allows everyone who is not listed, anonymous callers included. AWS advises against it and does not support it any more."},
	{Code: "resource-missing", Severity: Error, Title: "no Resource", Source: checkPage + "error-missing-resource",
		Text: "All policies except trust policies say in every statement which resources it is about. KMS takes a key policy without, and the statement has no effect."},
	{Code: "resource-in-trust", Severity: Error, Title: "a Resource in a trust policy", Source: checkPage + "error-role-trust-policy-syntax-error-resource",
		Text: "A trust policy is about the role that it belongs to."},
	{Code: "allow-not-action", Severity: Warning, Title: "Allow with NotAction", Source: iamGuide + "reference_policies_elements_notaction.html",
		Text: "It allows every action that is not listed, those of other services and those to come included."},
	{Code: "allow-not-resource", Severity: Warning, Title: "Allow with NotResource", Source: iamGuide + "reference_policies_elements_notresource.html",
		Text: "It allows the actions on everything that is not listed, in other services and accounts too."},
	{Code: "rcp-version", Severity: Error, Title: "a resource control policy without Version 2012-10-17", Source: rcpSyntax + "#rcp-syntax-version",
		Text: "Every resource control policy must have the Version 2012-10-17."},
	{Code: "rcp-effect", Severity: Error, Title: "an Allow in a resource control policy", Source: rcpSyntax + "#rcp-syntax-effect",
		Text: "Only RCPFullAWSAccess, which AWS attaches, allows. Those that you write deny."},
	{Code: "rcp-principal", Severity: Error, Title: "principals in a resource control policy", Source: rcpSyntax + "#rcp-syntax-principal",
		Text: "The only Principal of a resource control policy is \"*\"; who is meant is said by conditions."},
	{Code: "rcp-not-action", Severity: Error, Title: "NotAction in a resource control policy", Source: rcpSyntax + "#rcp-syntax-unsupported",
		Text: "Resource control policies have no NotAction."},
	{Code: "rcp-any-action", Severity: Error, Title: "Action \"*\" in a resource control policy", Source: rcpSyntax + "#rcp-syntax-action",
		Text: "An action of a resource control policy names the service: kms:* and not *."},
	{Code: "rcp-service", Severity: Warning, Title: "a service without resource control policies", Source: orgGuide + "orgs_manage_policies_rcps.html#rcp-supported-services",
		Text: "Resource control policies work for some services only. The list is of 2026-09-26."},
	{Code: "rcp-hits-services", Severity: Warning, Title: "a resource control policy that hits AWS services", Source: checkPage + "general-warning-rcp-missing-related-principal-condition-key",
		Text: "Keys such as aws:PrincipalOrgID are absent when an AWS service acts by its own principal, so a negated operator on them denies the service, which is how encryption with your key stops. Add BoolIfExists aws:PrincipalIsAWSService false."},
	{Code: "trust-any-principal", Severity: Error, Title: "Principal \"*\" in a trust policy", Source: checkPage + "error-role-trust-policy-unsupported-wildcard-in-principal",
		Text: "AWS's policy checks refuse \"Principal\": \"*\" in a trust policy. Name who may assume the role."},
	{Code: "trust-action", Severity: Error, Title: "an action in a trust policy that is not of STS", Source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html",
		Text: "A trust policy says who may assume a role, so its actions are those of STS. IAM answers: AssumeRole policy may only specify STS AssumeRole actions.", Unconfirmed: true},
	{Code: "trust-federation", Severity: Warning, Title: "federation without a federated principal", Source: checkPage + "error-mismatched-action-for-principal",
		Text: "sts:AssumeRoleWithSAML and sts:AssumeRoleWithWebIdentity are for principals of the kind Federated."},
}

// principalRules are about the principals.
var principalRules = []Rule{
	{Code: "principal-wildcard", Severity: Error, Title: "a wildcard inside a principal", Source: checkPage + "error-unsupported-wildcard-in-principal",
		Text: "A principal is named exactly, or \"*\" stands for everybody; * and ? inside are refused. Use conditions on aws:PrincipalArn for patterns."},
	{Code: "principal-group", Severity: Error, Title: "a group as principal", Source: principals,
		Text: "Groups are no principals: they collect permissions and do not authenticate."},
	{Code: "principal-form", Severity: Error, Title: "no principal of AWS", Source: principals,
		Text: "An entry of AWS is \"*\", an account of 12 digits, or the ARN of an account's root, a user, a role, a role session or a federated user."},
	{Code: "principal-unique-id", Severity: Warning, Title: "a principal that was deleted", Source: checkPage + "general-warning-invalid-role-reference",
		Text: "AWS keeps users and roles by their unique id and shows the id once they are gone; one created anew under the old name is not meant."},
	{Code: "service-principal-form", Severity: Warning, Title: "not the form of a service principal", Source: checkPage + "error-invalid-service-principal-format",
		Text: "Services are named SERVICE.amazonaws.com, some SERVICE.REGION.amazonaws.com, in lower case."},
	{Code: "open-service", Severity: Warning, Title: "a service without a condition on its source", Source: iamGuide + "confused-deputy.html",
		Text: "A service principal of a key policy acts for whoever configures it, in any account. Conditions on aws:SourceArn or aws:SourceAccount (for CloudWatch Logs on kms:EncryptionContext:aws:logs:arn) say for whom it may use the key. A few uses send no source, such as EventBridge's for encrypted topics and queues."},
	{Code: "federated-refused", Severity: Error, Title: "a federated principal outside a trust policy", Source: checkPage + "error-federated-principal-not-supported",
		Text: "Only trust policies have principals of the kind Federated; elsewhere the role or its session is named."},
	{Code: "canonical-user-refused", Severity: Error, Title: "a canonical user outside S3", Source: principals, Unconfirmed: true,
		Text: "Canonical user ids name accounts in policies of S3. A key policy or trust policy names the account."},
}

// actionRules are about Action and NotAction.
var actionRules = []Rule{
	{Code: "action-form", Severity: Error, Title: "not the form of an action", Source: iamGuide + "reference_policies_elements_action.html",
		Text: "An action is \"*\" or SERVICE:NAME; wildcards are in the name only."},
	{Code: "unknown-action", Severity: Warning, Title: "an action that the service does not have", Source: checkPage + "error-invalid-action",
		Text: "IAM takes it, and it matches nothing. The names of actions are not always those of operations. The table of actions is of 2026-09-26."},
	{Code: "unknown-service", Severity: Note, Title: "a service that is not known", Source: checkPage + "error-invalid-service-in-action",
		Text: "AWS's list of service prefixes does not have it. The list is of 2026-09-26."},
	{Code: "service-not-judged", Severity: Note, Title: "a service whose actions are not judged", Source: actionsPage,
		Text: "Actions and condition keys of this service are not in the table that this lint goes by. It is said once for each service."},
	{Code: "foreign-action", Severity: Error, Title: "an action of another service in a key policy", Source: checkPage + "error-unsupported-action-in-policy",
		Text: "A key policy is asked about actions of KMS only, so other actions in it have no effect."},
	{Code: "keyless-action", Severity: Warning, Title: "an action without a key in a key policy", Source: kmsGuide + "kms-api-permissions-reference.html",
		Text: "kms:CreateKey, kms:ListKeys and others are not done on a key, so only identity-based policies allow them."},
	{Code: "retire-grant", Severity: Warning, Title: "kms:RetireGrant in a key policy or resource control policy", Source: kmsGuide + "grants.html",
		Text: "Who may retire a grant is said by the grant; a key policy or resource control policy does not change it."},
	{Code: "owner-only-action", Severity: Warning, Title: "an action that other accounts cannot use", Source: kmsGuide + "kms-api-permissions-reference.html",
		Text: "Many actions of KMS work on keys of one's own account only, whatever the key policy allows to others."},
}

// resourceRules are about Resource and NotResource, and about policy variables.
var resourceRules = []Rule{
	{Code: "resource-form", Severity: Error, Title: "not the form of a resource", Source: checkPage + "error-invalid-arn-prefix",
		Text: "A resource is \"*\" or an ARN, in which wildcards may stand."},
	{Code: "short-arn", Severity: Warning, Title: "an ARN of fewer than six parts", Source: checkPage + "error-missing-arn-field",
		Text: "An ARN is arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. What AWS does with fewer parts is not documented."},
	{Code: "arn-service-case", Severity: Error, Title: "a service in capitals in an ARN", Source: checkPage + "error-invalid-arn-service-case",
		Text: "ARNs are compared with case, and services are in lower case in them."},
	{Code: "arn-account", Severity: Warning, Title: "not an account in an ARN", Source: checkPage + "error-invalid-arn-account",
		Text: "The fifth part of an ARN is an account of 12 digits, empty, or has wildcards."},
	{Code: "key-policy-resource", Severity: Error, Title: "a key policy about something else", Source: kmsGuide + "key-policy-overview.html", Unconfirmed: true,
		Text: "In a key policy the Resource is \"*\", which means this key. Another ARN than the key's own matches nothing; that its own does is not documented."},
	{Code: "alias-resource", Severity: Warning, Title: "an alias as resource of an action on a key", Source: kmsGuide + "alias-authorization.html",
		Text: "Actions on keys are authorized against the key's ARN, also when the request names an alias. Name the key, or use kms:ResourceAliases or kms:RequestAlias in a condition."},
	{Code: "resource-mismatch", Severity: Warning, Title: "an action with resources that it never has", Source: actionsPage,
		Text: "No ARN that the action can be authorized against matches any Resource of the statement, so the statement does not cover the action. The table of resources is of 2026-09-26."},
	{Code: "variable-version", Severity: Warning, Title: "a variable in a document that has none", Source: checkPage + "error-variable-unsupported-in-version",
		Text: "Policy variables are variables in Version 2012-10-17 only; before, ${…} is plain text."},
	{Code: "variable-form", Severity: Error, Title: "a misspelt variable", Source: variables,
		Text: "A variable is ${KEY} or ${KEY, 'DEFAULT'}: closed by a brace, not empty, without spaces in the key, the default in single quotes after a comma and a space."},
	{Code: "variable-element", Severity: Error, Title: "a variable where none is read", Source: checkPage + "error-variable-unsupported-in-element",
		Text: "Variables are read in Resource and in the values of conditions."},
	{Code: "variable-head", Severity: Error, Title: "a variable before the resource part of an ARN", Source: variables,
		Text: "Variables are read in the last part of an ARN, after the fifth colon. A Resource with one before matches nothing."},
	{Code: "variable-operator", Severity: Warning, Title: "a variable under an operator that takes none", Source: checkPage + "error-invalid-variable-for-operator",
		Text: "String and ARN operators read variables; numbers, dates, addresses, binaries and Null do not."},
}

// conditionRules are about the keys and values of conditions.
var conditionRules = []Rule{
	{Code: "unknown-condition-key", Severity: Warning, Title: "a condition key that does not exist", Source: checkPage + "error-invalid-service-condition-key",
		Text: "No request has it: a condition on it never holds, and with a negated operator or IfExists it always does. The table of keys is of 2026-09-26."},
	{Code: "tag-key-missing", Severity: Error, Title: "a condition on tags without a tag", Source: checkPage + "error-missing-tag-key-in-condition",
		Text: "aws:ResourceTag, aws:RequestTag and aws:PrincipalTag go on with a slash and the name of the tag."},
	{Code: "key-not-of-action", Severity: Warning, Title: "a condition key that the action never has", Source: checkPage + "error-unsupported-action-for-condition-key",
		Text: "The key is absent from requests for the action: with an operator that needs it the statement never covers the action, with a negated operator or IfExists the condition says nothing."},
	{Code: "set-operator-missing", Severity: Error, Title: "a key of many values without a set operator", Source: checkPage + "error-missing-qualifier",
		Text: "A key that can have several values needs ForAnyValue or ForAllValues; without, the condition is not defined and does not hold."},
	{Code: "for-all-values-single", Severity: Warning, Title: "ForAllValues on a key of one value", Source: checkPage + "security-warning-forallvalues-with-single-valued-key",
		Text: "ForAllValues holds when the key is absent, so the condition lets more through than it seems."},
	{Code: "for-any-value-single", Severity: Note, Title: "ForAnyValue on a key of one value", Source: manyValues,
		Text: "AWS says not to use set operators with keys of one value; here it makes no difference."},
	{Code: "for-all-values-allow", Severity: Warning, Title: "Allow with ForAllValues and no check that the key is there", Source: manyValues,
		Text: "ForAllValues holds when the key is absent or empty, so the Allow also holds then. Add Null KEY false. For aws:TagKeys, and for kms:GrantOperations of kms:CreateGrant alone, it is not said."},
	{Code: "null-set-operator", Severity: Warning, Title: "Null with a set operator", Source: checkPage + "suggestion-null-with-qualifier",
		Text: "ForAllValues:Null always holds and ForAnyValue:Null never does. Write Null alone."},
	{Code: "operator-type", Severity: Warning, Title: "an operator for values of another type", Source: checkPage + "general-warning-type-mismatch",
		Text: "Numbers, dates, addresses and Booleans are compared by operators of their own, and those cannot compare texts or ARNs."},
	{Code: "unreadable-value", Severity: Error, Title: "a value that the operator cannot read", Source: iamGuide + "reference_policies_elements_condition_operators.html",
		Text: "Numeric, Date, Bool, Null, IpAddress and Binary operators need values of their type; another value never matches."},
	{Code: "bool-both", Severity: Warning, Title: "both true and false", Source: checkPage + "error-invalid-condition-multiple-boolean",
		Text: "A condition that takes true and false holds whenever the key is there, or always."},
	{Code: "wildcard-without-like", Severity: Warning, Title: "a wildcard under an operator that has none", Source: checkPage + "general-warning-wildcard-without-like-operator",
		Text: "StringEquals and its kin take * and ? as they are. For patterns there is StringLike."},
	{Code: "sensitive-wildcard", Severity: Warning, Title: "a wildcard in an account, organization or network", Source: globalPage + "#condition-keys-sensitive",
		Text: "These keys hold identifiers of which a part says nothing: with a wildcard strangers match as well."},
	{Code: "private-address", Severity: Error, Title: "only private addresses for aws:SourceIp", Source: checkPage + "error-private-ip-address",
		Text: "aws:SourceIp is a public address; requests through a VPC endpoint have aws:VpcSourceIp instead. The condition never matches, or NotIpAddress always."},
	{Code: "arn-pattern", Severity: Warning, Title: "an ARN operator with a value that is no ARN", Source: iamGuide + "reference_policies_elements_condition_operators.html#Conditions_ARN",
		Text: "ARN operators compare the six parts of ARNs one by one; a value with fewer matches nothing."},
	{Code: "called-via-form", Severity: Warning, Title: "not the form of aws:CalledVia", Source: globalPage + "#condition-keys-calledvia",
		Text: "The values are service principals without Region: athena.amazonaws.com."},
}

// keyRules are about the conditions of KMS.
var keyRules = []Rule{
	{Code: "via-service-form", Severity: Warning, Title: "not the form of kms:ViaService", Source: kmsKeyPage + "#conditions-kms-via-service",
		Text: "The values are SERVICE.REGION.amazonaws.com in lower case, in every partition; bedrock.us-east-1.amazonaws.com, say. Others match nothing."},
	{Code: "context-key-case", Severity: Warning, Title: "an encryption context key in another case", Source: kmsKeyPage + "#conditions-kms-encryption-context-keys",
		Text: "The name in kms:EncryptionContext:NAME is compared without case, but the values of kms:EncryptionContextKeys are compared with case by StringEquals."},
	{Code: "resource-aliases-in-key-policy", Severity: Warning, Title: "kms:ResourceAliases in a key policy", Source: kmsKeyPage + "#conditions-kms-resource-aliases",
		Text: "The key works in identity-based policies only."},
}

// provedRules are those that package symbolic proves.
var provedRules = []Rule{
	{Code: "never-matches", Severity: Error, Title: "a statement that no request matches", Source: evaluation,
		Text: "It is proved that no request meets all of the statement: its conditions contradict each other, or principals, actions and conditions do not go together."},
	{Code: "void-allow", Severity: Error, Title: "an Allow that the document itself denies", Source: evaluation,
		Text: "An explicit Deny overrides an Allow. It is proved that the document's Deny statements match every request that the statement allows."},
	{Code: "redundant", Severity: Note, Title: "a statement that another one covers", Source: checkPage + "suggestion-redundant-statement",
		Text: "It is proved that another statement with the same effect covers every request that this one does."},
	{Code: "locks-out", Severity: Error, Title: "a key policy that nobody can change", Source: kmsGuide + "key-policy-default.html",
		Text: "It is proved that no principal of the key's account may do kms:PutKeyPolicy, whatever identity-based policies the account has. KMS refuses such a policy unless BypassPolicyLockoutSafetyCheck is set; afterwards only AWS Support can help."},
}

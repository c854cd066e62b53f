// Package graph is what the sources of resources have in common: a tree of evaluated
// values with positions, resources with such trees as attributes, and [Assemble],
// which reads the catalogue's paths in them and joins keys, aliases, policies and
// stores into one inventory. Because all readers deliver the same trees, the same
// resource stands on the same rung whatever it was written in, and whether it is
// written or deployed.
//
// A value that the code does not determine is never guessed: it is a reference to
// another resource, a choice between the branches of an undecided condition, or
// unknown with the reason.
//
// # The dialect API
//
// A deployed resource is described by the answers of its service. A reader of the
// dialect [API] delivers
//
//   - Account, Region and Partition always. Those of a resource without a Region, as
//     of IAM, have the Region "".
//   - ID: the ARN; it is how resources find each other. A version that shares the ARN
//     of what it is a version of has ":" and the version behind it; a part without an
//     ARN has "/", a word of its type and its id behind that of its parent
//     (…:knowledge-base/KB12345678/data-source/DS12345678); what there is one of in an
//     account and Region has a word of its type
//     (arn:aws:bedrock:eu-west-1:111122223333:invocation-logging). The ID of a grant
//     is the ARN of its key, "/grant/" and the id of the grant.
//   - Type: the catalogue's. All keys are AWS::KMS::Key, also those that are replicas
//     or managed by AWS; all DynamoDB tables are AWS::DynamoDB::Table. Identities and
//     managed policies are AWS::IAM::Role, AWS::IAM::User, AWS::IAM::Group and
//     AWS::IAM::ManagedPolicy.
//   - Attributes: a Map of operation name to what the operation answered, in the
//     member names of the API model:
//     {"GetAgent": {"agent": {"agentName": …}}}. An operation that lists many
//     resources (one of the entry's Operations.List, and ListAliases, ListGrants and
//     GetAccountAuthorizationDetails) has the resource's own entry of the list:
//     {"DescribeLogGroups": {"logGroupName": …}}, {"ListAliases": {"AliasName": …}},
//     {"GetAccountAuthorizationDetails": {"RoleName": …}}. BatchGetCollection has an
//     answer with one collection.
//   - beside the operations the member "Tags", a Map of tag key to value.
//   - for an operation that failed, [Failed] with the error. Everything that would
//     stand below it is unread. An operation that was not made, or a member that is
//     not in the answer, is [Absent] and means the service's default.
//
// Scalars are String, Number or Bool; timestamps are Strings in RFC 3339, UTC; policy
// documents are JSON texts with their URL encoding undone; a union is a Map with the
// one member that is set. [Document] makes a Value of JSON.
//
// Positions, Address and When are left empty. There are no references: ARNs, ids,
// names and aliases are joined as they are written, ids, names and aliases within the
// account and Region of the resource that names them.
//
// A key's attributes are the answers of DescribeKey, GetKeyPolicy,
// GetKeyRotationStatus, ListResourceTags and GetKeyLastUsage, and the entry of CloudTrail's
// LookupEvents for the event that GetKeyLastUsage names, for the encryption context in it.
// Of a key that AWS manages there is DescribeKey alone.
//
// Identities become the inventory's principals. Managed policies of AWS have the same
// ARN in every account; the first that is delivered counts. What a reader knows of
// accounts and their control policies it delivers as it is in Module.Accounts and
// Module.ControlPolicies; an Account is Complete when every identity of it was
// delivered.
//
// One module holds the resources of one account and Region (IAM in one of its own);
// its input's Path is what a person is told.
package graph

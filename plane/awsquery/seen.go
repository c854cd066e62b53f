package awsquery

import "github.com/bedlock/bedlock/internal/model"

// STS returns the service STS: its model and what was seen of it beyond.
func STS() (*Service, error) {
	return load("sts", Observed{PatternFirst: true})
}

// IAM returns the service IAM: its model and what was seen of it beyond.
func IAM() (*Service, error) {
	// Recorded for userName, roleName, policyName, groupName and path; the other names are
	// not confirmed, nor is which path is off: "/\u007F/" is refused though the pattern of
	// old documentation has it (https://github.com/aws/aws-cdk/pull/16165).
	const (
		name = "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
		path = "The specified value for %s is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
		// https://github.com/versity/versitygw, iamapi/iamerr
		prefix    = "The specified value for %s is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters."
		accessKey = "The specified value for %s is invalid. It must contain only alphanumeric characters."
	)
	return load("iam", Observed{Discreet: true, Wordings: map[string]string{
		"userNameType": name, "existingUserNameType": name, "groupNameType": name, "roleNameType": name,
		"policyNameType": name, "instanceProfileNameType": name, "serverCertificateNameType": name, "virtualMFADeviceName": name,
		"pathType": path, "policyPathType": path, "pathPrefixType": prefix, "accessKeyIdType": accessKey,
	}})
}

func load(name string, seen Observed) (*Service, error) {
	m, err := model.Load(name)
	if err != nil {
		return nil, err
	}
	return New(m, seen)
}

package kms

// CreateGrantInput is the input of CreateGrant.
type CreateGrantInput struct {
	KeyId                    string            `json:",omitempty"`
	GranteePrincipal         string            `json:",omitempty"`
	RetiringPrincipal        string            `json:",omitempty"`
	Operations               []string          `json:",omitempty"`
	Constraints              *GrantConstraints `json:",omitempty"`
	GrantTokens              []string          `json:",omitempty"`
	Name                     string            `json:",omitempty"`
	DryRun                   bool              `json:",omitempty"`
	GranteeServicePrincipal  string            `json:",omitempty"`
	RetiringServicePrincipal string            `json:",omitempty"`
}

// CreateGrantOutput is the output of CreateGrant.
type CreateGrantOutput struct {
	GrantToken string `json:",omitempty"`
	GrantId    string `json:",omitempty"`
}

// ListGrantsInput is the input of ListGrants.
type ListGrantsInput struct {
	Limit                   int    `json:",omitempty"`
	Marker                  string `json:",omitempty"`
	KeyId                   string `json:",omitempty"`
	GrantId                 string `json:",omitempty"`
	GranteePrincipal        string `json:",omitempty"`
	GranteeServicePrincipal string `json:",omitempty"`
}

// ListGrantsOutput is the output of ListGrants.
type ListGrantsOutput struct {
	Grants     []GrantListEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

// ListRetirableGrantsInput is the input of ListRetirableGrants.
type ListRetirableGrantsInput struct {
	Limit                    int    `json:",omitempty"`
	Marker                   string `json:",omitempty"`
	RetiringPrincipal        string `json:",omitempty"`
	RetiringServicePrincipal string `json:",omitempty"`
}

// ListRetirableGrantsOutput is the output of ListRetirableGrants.
type ListRetirableGrantsOutput struct {
	Grants     []GrantListEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

// RetireGrantInput is the input of RetireGrant.
type RetireGrantInput struct {
	GrantToken string `json:",omitempty"`
	KeyId      string `json:",omitempty"`
	GrantId    string `json:",omitempty"`
	DryRun     bool   `json:",omitempty"`
}

// RevokeGrantInput is the input of RevokeGrant.
type RevokeGrantInput struct {
	KeyId   string `json:",omitempty"`
	GrantId string `json:",omitempty"`
	DryRun  bool   `json:",omitempty"`
}

package lint

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// global are the global condition keys with what is known of them, and the keys of
// services that are in requests to other services; * stands for the name of a tag.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var global = map[string]conditionKey{
	"aws:principalarn":                 {typed: arnValue},
	"aws:principalaccount":             {typed: stringValue},
	"aws:principalorgpaths":            {typed: stringValue, many: true},
	"aws:principalorgid":               {typed: stringValue},
	"aws:principaltag/*":               {typed: stringValue},
	"aws:principalisawsservice":        {typed: boolValue},
	"aws:principalservicename":         {typed: stringValue},
	"aws:principalservicenameslist":    {typed: stringValue, many: true},
	"aws:principaltype":                {typed: stringValue},
	"aws:userid":                       {typed: stringValue},
	"aws:username":                     {typed: stringValue},
	"aws:assumedroot":                  {typed: boolValue},
	"aws:federatedprovider":            {typed: stringValue},
	"aws:tokenissuetime":               {typed: dateValue},
	"aws:signinsessionarn":             {typed: arnValue},
	"aws:multifactorauthage":           {typed: numericValue},
	"aws:multifactorauthpresent":       {typed: boolValue},
	"aws:chatbotsourcearn":             {typed: arnValue},
	"aws:ec2instancesourcevpc":         {typed: stringValue},
	"aws:ec2instancesourceprivateipv4": {typed: addressValue},
	"aws:sourceidentity":               {typed: stringValue},
	"aws:sourceip":                     {typed: addressValue},
	"aws:sourcevpc":                    {typed: stringValue},
	"aws:sourcevpcarn":                 {typed: arnValue},
	"aws:sourcevpce":                   {typed: stringValue},
	"aws:vpceaccount":                  {typed: stringValue},
	"aws:vpceorgid":                    {typed: stringValue},
	"aws:vpceorgpaths":                 {typed: stringValue, many: true},
	"aws:vpcsourceip":                  {typed: addressValue},
	"aws:resourceaccount":              {typed: stringValue},
	"aws:resourceorgid":                {typed: stringValue},
	"aws:resourceorgpaths":             {typed: stringValue, many: true},
	"aws:resourcetag/*":                {typed: stringValue},
	"aws:calledvia":                    {typed: stringValue, many: true},
	"aws:calledviafirst":               {typed: stringValue},
	"aws:calledvialast":                {typed: stringValue},
	"aws:calledviaawsmcp":              {typed: stringValue},
	"aws:viaawsservice":                {typed: boolValue},
	"aws:viaawsmcpservice":             {typed: boolValue},
	"aws:ismcpserviceaction":           {typed: boolValue},
	"aws:currenttime":                  {typed: dateValue},
	"aws:epochtime":                    {typed: dateValue},
	"aws:referer":                      {typed: stringValue},
	"aws:requestedregion":              {typed: stringValue},
	"aws:requesttag/*":                 {typed: stringValue},
	"aws:tagkeys":                      {typed: stringValue, many: true},
	"aws:securetransport":              {typed: boolValue},
	"aws:sourceaccount":                {typed: stringValue},
	"aws:sourcearn":                    {typed: arnValue},
	"aws:sourceorgid":                  {typed: stringValue},
	"aws:sourceorgpaths":               {typed: stringValue, many: true},
	"aws:useragent":                    {typed: stringValue},

	"ec2:roledelivery":              {typed: stringValue},
	"ec2:sourceinstancearn":         {typed: arnValue},
	"glue:roleassumedby":            {typed: stringValue},
	"glue:credentialissuingservice": {typed: stringValue},
	"codebuild:buildarn":            {typed: arnValue},
	"codebuild:projectarn":          {typed: arnValue},
	"lambda:sourcefunctionarn":      {typed: arnValue},
	"ssm:sourceinstancearn":         {typed: arnValue},
	"identitystore:userid":          {typed: stringValue},
}

// legacyKeys are global keys that AWS no longer documents there, and still sends.
// aws:SourceOwner is in the policies that SNS makes.
var legacyKeys = map[string]bool{"aws:sourceowner": true, "aws:arn": true}

// needsTag are the keys that go on with the name of a tag.
var needsTag = []string{"aws:principaltag", "aws:resourcetag", "aws:requesttag"}

// known finds what is known of a condition key; ok is false when nothing is.
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
		if k := s.keys[i].name; k == name || strings.Contains(k, "*") && policy.Match(k, name) {
			return i
		}
	}
	return -1
}

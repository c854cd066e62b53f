package awsapi

import (
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// modelServices are APIs that are called by their models: of bedrockdataautomation and
// agentregistrycontrol no SDK is to be had, that of Bedrock's agent runtime is too old to know
// flow executions, and of account there is one call.
var modelServices = []service{
	{model: "account", prefix: "account", global: true},
	{model: "bedrock-data-automation", prefix: "bedrock"},
	{model: "bedrock-agent-runtime", prefix: "bedrock"},
	{model: "agent-registry-control", prefix: "agent-registry"},
}

// services are all APIs by name.
var services = sync.OnceValue(func() map[string]*service {
	all := map[string]*service{}
	for _, list := range [][]service{bedrockServices, accountServices, storesServices, modelServices} {
		for i := range list {
			all[list[i].model] = &list[i]
		}
	}
	return all
})

// readings are how all types are read, parents before their children.
var readings = sync.OnceValue(func() []reading {
	all := slices.Concat(bedrockReadings, agentReadings, agentCoreReadings, storeReadings)
	slices.SortStableFunc(all, func(a, b reading) int {
		switch {
		case a.Of == "" && b.Of != "":
			return -1
		case a.Of != "" && b.Of == "":
			return 1
		}
		return 0
	})
	return all
})

// children are the readings of types that are parts of others, by those.
var children = sync.OnceValue(func() map[string][]*reading {
	of := map[string][]*reading{}
	for i, r := range readings() {
		if r.Of != "" {
			of[r.Of] = append(of[r.Of], &readings()[i])
		}
	}
	return of
})

func (r *reading) children() []*reading { return children()[r.Type] }

// s3Client names buckets in the path when S3 is not at AWS's own address, where a name before
// the host may lead nowhere.
func s3Client(c aws.Config) any {
	return s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil })
}

// Types are the types of the catalogue that can be asked for on their own, sorted.
func Types() []string {
	var types []string
	for _, r := range readings() {
		if r.Skip == "" {
			types = append(types, r.Type)
		}
	}
	slices.Sort(types)
	return types
}

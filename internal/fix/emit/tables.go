package emit

// What several types have in common.
const (
	textInference   = ` inferenceConfiguration { text { temperature topP maxTokens stopSequences } } `
	guardrailOf     = ` guardrailConfiguration { guardrailIdentifier guardrailVersion } `
	inOut           = ` inputAction outputAction inputEnabled outputEnabled `
	inOutFixed      = ` -inputAction:BLOCK -outputAction:BLOCK -inputEnabled:true -outputEnabled:true `
	endpoint        = ` { selfManagedLatticeResource { resourceConfigurationIdentifier } managedVpcResource { endpointIpAddressType routingDomain securityGroupIds subnetIds tags vpcIdentifier } } `
	mediaExtraction = ` mediaExtractionConfiguration { audioExtractionConfiguration { audioExtractionStatus } imageExtractionConfiguration { imageExtractionStatus } videoExtractionConfiguration { videoExtractionStatus } } `
	patternFilter   = ` crawlerConfiguration { filterConfiguration { type patternObjectFilter { filters { objectType inclusionFilters exclusionFilters } } } } `
)

// A template of a prompt, as the languages name its lists.
const (
	terraformTemplate = ` templateConfiguration {
		text { text cachePoint { type } inputVariables=input_variable { name } }
		chat { inputVariables=input_variable { name } messages=message { role content { text cachePoint { type } } } system { text cachePoint { type } }
			toolConfiguration { toolChoice { any { } auto { } tool { name } } tools=tool { cachePoint { type } toolSpec { name description inputSchema { json:json } } } } } } `
	cloudTemplate = ` templateConfiguration {
		text { text cachePoint { type } inputVariables { name } }
		chat { inputVariables { name } messages { role content { text cachePoint { type } } } system { text cachePoint { type } }
			toolConfiguration { toolChoice { any { } auto { } tool { name } } tools { cachePoint { type } toolSpec { name description inputSchema { json } } } } } } `
)

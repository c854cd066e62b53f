package agents

// flows are the operations of flows.
func flows() operations { return operations{} }

const kindFlow, kindFlowAlias = "flow", "flow-alias"

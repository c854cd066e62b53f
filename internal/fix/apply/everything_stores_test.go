package apply_test

// storeChanges are the stores behind and around Bedrock.
var storeChanges = []changing{}

// Package local assembles a whole local AWS: KMS, IAM, STS, CloudTrail and the services that
// package emulate drives by their models, over one store. `bedlock local` serves it; the demo,
// rehearsals and tests have it in their own process.
package local

// Package seed reads the declarative start of a local plane: accounts with their users,
// the users' access keys and policies, and KMS keys to begin with.
//
// A seed is YAML. Reading is strict: what is not a field is an error with its line.
//
//	accounts:
//	  "111122223333":
//	    root: {access-keys: [{id: AKIAROOT, secret: root}]}
//	    users:
//	      - name: reader
//	        access-keys: [{id: AKIAREADER, secret: reader}]
//	        policies: [reader.json]          # files beside the seed, or documents
//	        boundary: {Version: "2012-10-17", Statement: []}
//	    keys:
//	      - {region: eu-west-1, alias: alias/records, description: patient records, policy: key.json, rotation: true}
//
// Identities of a seed do not change while the plane runs.
package seed

// Package seed reads the declarative start of a local plane: accounts with their users,
// groups, roles, policies and access keys, the organization that they are in, and KMS keys
// to begin with.
//
// A seed is YAML. Reading is strict: what is not a member is an error with its line. A
// policy is a document, or the name of a file beside the seed.
//
//	accounts:
//	  "111122223333":
//	    root: {access-keys: [{id: AKIAROOT00000000, secret: root}]}
//	    policies:
//	      - {name: decrypt, document: decrypt.json}
//	    groups:
//	      - {name: readers, attached: ["arn:aws:iam::111122223333:policy/decrypt"]}
//	    users:
//	      - name: reader
//	        tags: {team: ml}
//	        groups: [readers]
//	        policies: {own: reader.json}
//	        boundary: arn:aws:iam::111122223333:policy/decrypt
//	        access-keys: [{id: AKIAREADER000000, secret: reader}]
//	    roles:
//	      - {name: app, trust: trust.json, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]}
//	    keys:
//	      - {region: eu-west-1, alias: alias/records, description: patient records, policy: key.json, rotation: true}
//	organization:
//	  id: o-a1b2c3d4e5
//	  root: {id: r-ab12, scps: [FullAWSAccess, regions.json], accounts: ["111122223333"]}
//	calls:
//	  - account: "111122223333"
//	    region: eu-west-1
//	    as: role/app
//	    do: bedrock-agent:CreatePrompt
//	    with: {name: triage, customerEncryptionKeyArn: "${key:alias/records}"}
//	    keep: {triage: id}
//
// Calls make what no other part declares, in their order, through the APIs of the plane: with
// the permissions of whoever makes them, and the refusals. A text among them is the name of a
// file beside the seed with a list of calls. See [Seed.Calls] for variables.
//
// What a seed declares is made when it is not there yet; what the store has stays as it is.
// The organization is the seed's at each start, until the API of Organizations changes it. A
// call is made once.
package seed

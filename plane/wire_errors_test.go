package plane

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// modelled are the exceptions of the API model, by the code on the wire, and whether an
// error of the SDK is of that type.
var modelled = map[string]func(error) bool{
	"AlreadyExistsException":                                  is[*types.AlreadyExistsException],
	"CloudHsmClusterInUseException":                           is[*types.CloudHsmClusterInUseException],
	"CloudHsmClusterInvalidConfigurationException":            is[*types.CloudHsmClusterInvalidConfigurationException],
	"CloudHsmClusterNotActiveException":                       is[*types.CloudHsmClusterNotActiveException],
	"CloudHsmClusterNotFoundException":                        is[*types.CloudHsmClusterNotFoundException],
	"CloudHsmClusterNotRelatedException":                      is[*types.CloudHsmClusterNotRelatedException],
	"ConflictException":                                       is[*types.ConflictException],
	"CustomKeyStoreHasCMKsException":                          is[*types.CustomKeyStoreHasCMKsException],
	"CustomKeyStoreInvalidStateException":                     is[*types.CustomKeyStoreInvalidStateException],
	"CustomKeyStoreNameInUseException":                        is[*types.CustomKeyStoreNameInUseException],
	"CustomKeyStoreNotFoundException":                         is[*types.CustomKeyStoreNotFoundException],
	"DependencyTimeoutException":                              is[*types.DependencyTimeoutException],
	"DisabledException":                                       is[*types.DisabledException],
	"DryRunOperationException":                                is[*types.DryRunOperationException],
	"ExpiredImportTokenException":                             is[*types.ExpiredImportTokenException],
	"IncorrectKeyException":                                   is[*types.IncorrectKeyException],
	"IncorrectKeyMaterialException":                           is[*types.IncorrectKeyMaterialException],
	"IncorrectTrustAnchorException":                           is[*types.IncorrectTrustAnchorException],
	"InvalidAliasNameException":                               is[*types.InvalidAliasNameException],
	"InvalidArnException":                                     is[*types.InvalidArnException],
	"InvalidCiphertextException":                              is[*types.InvalidCiphertextException],
	"InvalidGrantIdException":                                 is[*types.InvalidGrantIdException],
	"InvalidGrantTokenException":                              is[*types.InvalidGrantTokenException],
	"InvalidImportTokenException":                             is[*types.InvalidImportTokenException],
	"InvalidKeyUsageException":                                is[*types.InvalidKeyUsageException],
	"InvalidMarkerException":                                  is[*types.InvalidMarkerException],
	"KMSInternalException":                                    is[*types.KMSInternalException],
	"KMSInvalidMacException":                                  is[*types.KMSInvalidMacException],
	"KMSInvalidSignatureException":                            is[*types.KMSInvalidSignatureException],
	"KMSInvalidStateException":                                is[*types.KMSInvalidStateException],
	"KeyUnavailableException":                                 is[*types.KeyUnavailableException],
	"LimitExceededException":                                  is[*types.LimitExceededException],
	"MalformedPolicyDocumentException":                        is[*types.MalformedPolicyDocumentException],
	"NotFoundException":                                       is[*types.NotFoundException],
	"TagException":                                            is[*types.TagException],
	"UnsupportedOperationException":                           is[*types.UnsupportedOperationException],
	"XksKeyAlreadyInUseException":                             is[*types.XksKeyAlreadyInUseException],
	"XksKeyInvalidConfigurationException":                     is[*types.XksKeyInvalidConfigurationException],
	"XksKeyNotFoundException":                                 is[*types.XksKeyNotFoundException],
	"XksProxyIncorrectAuthenticationCredentialException":      is[*types.XksProxyIncorrectAuthenticationCredentialException],
	"XksProxyInvalidConfigurationException":                   is[*types.XksProxyInvalidConfigurationException],
	"XksProxyInvalidResponseException":                        is[*types.XksProxyInvalidResponseException],
	"XksProxyUriEndpointInUseException":                       is[*types.XksProxyUriEndpointInUseException],
	"XksProxyUriInUseException":                               is[*types.XksProxyUriInUseException],
	"XksProxyUriUnreachableException":                         is[*types.XksProxyUriUnreachableException],
	"XksProxyVpcEndpointServiceInUseException":                is[*types.XksProxyVpcEndpointServiceInUseException],
	"XksProxyVpcEndpointServiceInvalidConfigurationException": is[*types.XksProxyVpcEndpointServiceInvalidConfigurationException],
	"XksProxyVpcEndpointServiceNotFoundException":             is[*types.XksProxyVpcEndpointServiceNotFoundException],
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

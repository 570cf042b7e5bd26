namespace Lepton.Orleans.Silo.Security;

/// <summary>What an endpoint asks of a caller where the method alone does not say it.</summary>
/// <param name="Role">The role that is needed; <see langword="null"/>: no key at all.</param>
/// <param name="IsForBrowsers">
/// Whether a browser may ask a person for the key, as the password of any user. Only for what changes nothing: a browser sends
/// it with every further request, whichever page has led to that.
/// </param>
internal sealed record AccessRequirement(ApiRole? Role, bool IsForBrowsers = false);

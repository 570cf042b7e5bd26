namespace Lepton.Orleans.Silo.Security;

/// <summary>What an endpoint asks of a caller where the method alone does not say it.</summary>
/// <param name="Role">The role that is needed; <see langword="null"/>: no key at all.</param>
internal sealed record AccessRequirement(ApiRole? Role);

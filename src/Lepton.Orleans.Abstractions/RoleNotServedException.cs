namespace Lepton.Orleans;

/// <summary>
/// No silo of the cluster has the role that a call needs (<c>Lepton:Roles</c>). Nothing was done; the same call succeeds as soon as a
/// silo that has it is there.
/// </summary>
[GenerateSerializer, Alias("lepton.RoleNotServedException")]
public sealed class RoleNotServedException : Exception
{
    /// <summary>Makes the exception for a role.</summary>
    /// <param name="role">The role, as <c>Lepton:Roles</c> names it.</param>
    public RoleNotServedException(string role)
        : base($"No silo of the cluster has the role '{role}'; start one whose Lepton:Roles names it, or is not set.") => Role = role;

    /// <summary>The role, as <c>Lepton:Roles</c> names it.</summary>
    [Id(0)] public string Role { get; }

    /// <summary>How long to wait before the same call is repeated.</summary>
    [Id(1)] public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(5);
}

namespace Lepton.Orleans.Silo.Security;

/// <summary>One key of <c>Lepton:ApiKeys</c>.</summary>
internal sealed record ApiKey
{
    /// <summary>The section it was read from, such as <c>Lepton:ApiKeys:0</c>.</summary>
    public required string Path { get; init; }

    /// <summary>What callers send as <c>X-API-Key</c>.</summary>
    public string Key { get; init; } = "";

    /// <summary>The role's name as configured: <c>admin</c>, <c>write</c>, <c>read</c> or <c>metrics</c>.</summary>
    public string Role { get; init; } = "admin";

    /// <summary>The role; <see langword="null"/> where <see cref="Role"/> names none.</summary>
    public ApiRole? ParsedRole => Role.ToUpperInvariant() switch
    {
        "ADMIN" => ApiRole.Admin,
        "WRITE" => ApiRole.Write,
        "READ" => ApiRole.Read,
        "METRICS" => ApiRole.Metrics,
        _ => null,
    };
}

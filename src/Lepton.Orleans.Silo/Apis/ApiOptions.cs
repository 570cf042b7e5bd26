namespace Lepton.Orleans.Silo.Apis;

/// <summary>The API: <c>Lepton:Api</c>.</summary>
internal sealed class ApiOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Api";

    /// <summary>The largest body of a request, in bytes.</summary>
    public int MaxBodyBytes { get; set; } = 32 * 1024 * 1024;
}

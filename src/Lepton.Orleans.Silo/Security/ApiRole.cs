namespace Lepton.Orleans.Silo.Security;

/// <summary>What an API key may do; each role may do what the ones before it may.</summary>
internal enum ApiRole
{
    /// <summary>Read what the service tells of itself, and nothing else: what a monitor has.</summary>
    Metrics,

    /// <summary>Read, and rank for sessions, which stores nothing.</summary>
    Read,

    /// <summary>Write users, items and feedback.</summary>
    Write,

    /// <summary>Delete, and start or cancel builds.</summary>
    Admin,
}

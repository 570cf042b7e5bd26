namespace Lepton.Orleans;

/// <summary>
/// Another activation has taken over this record's epoch, so a write of this one was refused and nothing of it is kept.
/// The activation that threw it is on its way out; the same call repeated reaches the living one.
/// </summary>
[GenerateSerializer, Alias("lepton.StaleActivationException")]
public sealed class StaleActivationException : Exception
{
    /// <summary>Makes the exception for a record.</summary>
    /// <param name="record">The record's name in the store.</param>
    public StaleActivationException(string record)
        : base($"Another activation owns '{record}'; this one's write was refused and nothing of it was kept.") => Record = record;

    /// <summary>The record's name in the store.</summary>
    [Id(0)] public string Record { get; }
}

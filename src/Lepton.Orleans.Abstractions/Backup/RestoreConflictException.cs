namespace Lepton.Orleans;

/// <summary>What is there already does not allow a backup to be restored; nothing that is there was changed.</summary>
[GenerateSerializer, Alias("lepton.RestoreConflictException")]
public sealed class RestoreConflictException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is in the way, and what to do.</param>
    public RestoreConflictException(string message)
        : base(message)
    {
    }
}

namespace Lepton.Orleans;

/// <summary>A user that a merge names does not exist; nothing was changed.</summary>
[GenerateSerializer, Alias("lepton.UnknownUserException")]
public sealed class UnknownUserException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="mergedInto">The user that it was merged into, or <see langword="null"/>.</param>
    public UnknownUserException(string userId, string? mergedInto)
        : base(mergedInto is null ? $"The user '{userId}' does not exist." : $"The user '{userId}' does not exist any more: it was merged into '{mergedInto}'.")
    {
        UserId = userId;
        MergedInto = mergedInto;
    }

    /// <summary>The user.</summary>
    [Id(0)] public string UserId { get; }

    /// <summary>The user that it was merged into, or <see langword="null"/> where it was not.</summary>
    [Id(1)] public string? MergedInto { get; }
}

namespace Lepton.Orleans.Grains.Users;

/// <summary>A view between processes: the numbers of feedback types are valid in one process only, so their names travel along.</summary>
[GenerateSerializer, Immutable, Alias("lepton.UserView")]
internal struct UserViewSurrogate
{
    /// <summary>The user's version.</summary>
    [Id(0)] public long Version;

    /// <summary>The events, oldest first; their types are places in <see cref="Types"/>.</summary>
    [Id(1)] public FeedbackEvent[] Events;

    /// <summary>The names of the types.</summary>
    [Id(2)] public string[] Types;
}

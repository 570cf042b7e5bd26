namespace Lepton.Orleans.Grains.Users;

/// <summary>What ranking needs of a user: an immutable picture of the history at one version.</summary>
/// <param name="version">The user's version; every acknowledged change raises it.</param>
/// <param name="events">The events, oldest first; entries from <paramref name="count"/> on are not part of the picture.</param>
/// <param name="count">How many events belong to the picture.</param>
[GenerateSerializer, Immutable, Alias("lepton.UserView")]
internal sealed class UserView(long version, FeedbackEvent[] events, int count)
{
    [Id(0)] private readonly long _version = version;
    [Id(1)] private readonly FeedbackEvent[] _events = events;
    [Id(2)] private readonly int _count = count;

    public static UserView Empty { get; } = new(0, [], 0);

    public long Version => _version;

    public ReadOnlySpan<FeedbackEvent> Events => _events.AsSpan(0, _count);
}

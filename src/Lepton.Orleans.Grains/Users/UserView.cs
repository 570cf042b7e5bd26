using Lepton.Orleans.Grains.Recommendations;

namespace Lepton.Orleans.Grains.Users;

/// <summary>What ranking needs of a user: an immutable picture of the history at one version.</summary>
/// <param name="version">The user's version; every acknowledged change raises it.</param>
/// <param name="events">The events, oldest first; entries from <paramref name="count"/> on are not part of the picture.</param>
/// <param name="count">How many events belong to the picture.</param>
/// <param name="acknowledgedAt">See <see cref="AcknowledgedAt"/>.</param>
/// <remarks>Crosses to another process as a <see cref="UserViewSurrogate"/>.</remarks>
[Immutable]
internal sealed class UserView(long version, FeedbackEvent[] events, int count, long acknowledgedAt = 0)
{
    private Ranking? _ranking;

    public long Version => version;

    /// <summary>When the last change was confirmed on this silo, in milliseconds of its clock; 0 where it was not confirmed here.</summary>
    public long AcknowledgedAt => acknowledgedAt;

    /// <summary>The events, for whoever waits for something while reading them.</summary>
    public ReadOnlyMemory<FeedbackEvent> Memory => events.AsMemory(0, count);

    public ReadOnlySpan<FeedbackEvent> Events => events.AsSpan(0, count);

    /// <summary>What was ranked from it last: it goes where the view goes, and a newer view starts without.</summary>
    public Ranking? Ranking
    {
        get => Volatile.Read(ref _ranking);
        set => Volatile.Write(ref _ranking, value);
    }
}

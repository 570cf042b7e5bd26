namespace Lepton.Orleans.Clustering.Consul;

/// <summary>When the membership was read from Consul: a silo reads it every <c>ClusterMembershipOptions.TableRefreshTimeout</c>.</summary>
public sealed class ConsulReads
{
    private readonly TimeProvider _clock;
    private long _last;

    /// <summary>Makes one that has seen no read.</summary>
    /// <param name="clock">What tells how long ago a read was.</param>
    public ConsulReads(TimeProvider clock) => _clock = clock;

    /// <summary>How long ago Consul has last told the membership; <see langword="null"/>: never yet.</summary>
    public TimeSpan? SinceLast => Volatile.Read(ref _last) is var last and not 0 ? _clock.GetElapsedTime(last) : null;

    /// <summary>Notes a read that succeeded.</summary>
    internal void Note() => Volatile.Write(ref _last, _clock.GetTimestamp());
}

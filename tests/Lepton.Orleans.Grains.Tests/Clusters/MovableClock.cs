namespace Lepton.Orleans.Grains.Tests.Clusters;

/// <summary>The machine's clock, set forward or back; timers run on as they do when a machine's clock is set.</summary>
public sealed class MovableClock : TimeProvider
{
    private long _offset;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    public void Move(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);
}

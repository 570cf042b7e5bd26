namespace Lepton.Orleans.Grains.Tests.Diagnostics;

public sealed class RisingIntervalTests
{
    [Fact]
    public void What_goes_on_failing_is_told_at_intervals_that_double_up_to_the_longest()
    {
        var clock = new SecondsClock();
        var interval = new RisingInterval(clock, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(35));
        var told = new List<int>();
        for (; clock.Seconds < 150; clock.Seconds++)
        {
            if (interval.IsDue())
            {
                told.Add(clock.Seconds);
            }
        }

        Assert.Equal([0, 10, 30, 65, 100, 135], told);
        Assert.False(interval.IsDue());
        interval.Reset();
        Assert.True(interval.IsDue());
    }

    private sealed class SecondsClock : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}

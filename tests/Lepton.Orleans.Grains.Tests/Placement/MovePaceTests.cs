using Lepton.Orleans.Grains.Placement;

namespace Lepton.Orleans.Grains.Tests.Placement;

public sealed class MovePaceTests
{
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(5, 100, 1)]
    [InlineData(1_000, 100, 6)]
    [InlineData(100_000, 100, 21)]
    [InlineData(100_000, 700, 22)]
    [InlineData(100_000, 3_000, 24)]
    public void All_grains_are_moved_in_time_however_long_a_slice_takes(int grains, int milliseconds, double seconds)
    {
        var slice = TimeSpan.FromMilliseconds(milliseconds);
        var (passed, last, most) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(100), 0);
        for (var left = grains; left > 0;)
        {
            var some = HomeMover.SliceOf(left, Whole - passed, last);
            Assert.InRange(some, 1, left);
            (left, passed, last, most) = (left - some, passed + slice, slice, Math.Max(most, some));
        }

        Assert.True(passed <= TimeSpan.FromSeconds(seconds), $"{passed}");

        // Never much more at once than an even pace asks for.
        Assert.True(most <= Math.Max(20, 1.5 * grains * (slice / Whole)), $"{most}");
    }
}

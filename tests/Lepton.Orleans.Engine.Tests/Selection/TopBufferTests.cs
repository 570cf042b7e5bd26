using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Tests.Selection;

public sealed class TopBufferTests
{
    [Fact]
    public void The_top_of_any_stream_is_the_head_of_its_sort()
    {
        var streams = from scores in Gen.Choose(-20, 20).Select(i => i / 4f).ArrayOf(700)
                      from wanted in Gen.Choose(0, 60)
                      select (scores, wanted);
        Prop.ForAll(streams.ToArbitrary(), stream =>
        {
            var buffer = new TopBuffer(new ulong[TopBuffer.SpaceFor(stream.wanted)], stream.wanted);
            for (var item = 0; item < stream.scores.Length; item++)
            {
                buffer.Push(ScoreKey.Of(stream.scores[item], item));
            }

            var expected = stream.scores.Select((score, item) => (score, item))
                .OrderByDescending(x => x.score).ThenBy(x => x.item).Take(stream.wanted);
            return buffer.Descending().ToArray().Select(k => (ScoreKey.Score(k), ScoreKey.Item(k))).SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Keys_order_as_scores_do_and_give_back_what_they_were_made_of()
    {
        Prop.ForAll<float, float>((a, b) =>
        {
            var (x, y) = (ScoreKey.Of(a, 1), ScoreKey.Of(b, 1));
            return float.IsNaN(a) || float.IsNaN(b) || (Math.Sign(x.CompareTo(y)) == Math.Sign(a.CompareTo(b)) && ScoreKey.Score(x) == a && ScoreKey.Item(x) == 1);
        }).QuickCheckThrowOnFailure();
        Assert.True(ScoreKey.Of(float.NaN, 0) < ScoreKey.Of(float.NegativeInfinity, int.MaxValue));
        Assert.Equal(ScoreKey.Of(0f, 3), ScoreKey.Of(-0f, 3));
    }

    [Fact]
    public void Partitioning_moves_the_greatest_to_the_front_in_any_input_order()
    {
        foreach (var keys in new[] { Enumerable.Range(0, 5000), Enumerable.Range(0, 5000).Reverse(), Enumerable.Repeat(7, 5000), Enumerable.Range(0, 5000).Select(i => i % 2) })
        {
            var values = keys.Select(k => (ulong)k).ToArray();
            var expected = values.OrderDescending().Take(100).Sum(v => (long)v);

            Quickselect.PartitionGreatest(values, 100);

            Assert.Equal(expected, values.Take(100).Sum(v => (long)v));
        }
    }
}

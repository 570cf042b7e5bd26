using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Engine.Selection;

namespace Lepton.Orleans.Engine.Tests.Selection;

public sealed class GreatestTests
{
    [Fact]
    public void The_greatest_scores_stay_with_their_items_and_in_their_order()
    {
        var questions = from seed in Gen.Choose(0, int.MaxValue - 1) from length in Gen.Choose(0, 300) from count in Gen.Choose(1, 100) select (seed, length, count);
        Prop.ForAll(questions.ToArbitrary(), question =>
        {
            var (seed, length, count) = question;
            var random = new Random(seed);
            // Few different values, so that there are ties; signed, so that both halves of the numbers are halved.
            var scores = Enumerable.Range(0, length).Select(_ => random.Next(2) == 0 ? random.NextSingle() - .5f : random.Next(-5, 6)).ToArray();
            var items = Enumerable.Range(0, length).ToArray();
            var least = length <= count ? float.NegativeInfinity : scores.OrderDescending().ElementAt(count - 1);
            var expected = items.Where(i => scores[i] >= least).ToArray();
            var values = scores.ToArray();

            var kept = Greatest.Keep(values, items, count);

            Assert.Equal(expected, items[..kept]);
            Assert.Equal(expected.Select(i => scores[i]), values[..kept]);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void About_so_many_are_between_the_two_numbers_save_where_several_equal_the_last()
    {
        var questions = from seed in Gen.Choose(0, int.MaxValue - 1) from length in Gen.Choose(0, 600) from least in Gen.Choose(1, 100) select (seed, length, least);
        Prop.ForAll(questions.ToArbitrary(), question =>
        {
            var (seed, length, least) = question;
            var random = new Random(seed);
            var most = least + random.Next(40);
            var sign = random.Next(3) - 1;
            var scores = Enumerable.Range(0, length).Select(_ => random.Next(3) == 0 ? random.Next(-2, 3) : sign + random.NextSingle()).ToArray();
            var items = Enumerable.Range(0, length).ToArray();
            var values = scores.ToArray();

            var kept = Greatest.Keep(values, items, least, most);

            var last = kept == 0 ? 0f : values[..kept].Min();
            Assert.Equal(items.Length <= most ? items.Length : scores.Count(score => score >= last), kept);
            Assert.True(kept >= Math.Min(least, length));
            Assert.True(kept <= most || values[..kept].Count(score => score > last) < least);
            Assert.Equal(Enumerable.Range(0, length).Where(i => length <= most || scores[i] >= last), items[..kept]);
            Assert.Equal(items[..kept].Select(i => scores[i]), values[..kept]);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_is_not_a_number_gives_way()
    {
        float[] scores = [float.NaN, 1f, float.NegativeInfinity, float.PositiveInfinity, float.NaN];
        int[] items = [0, 1, 2, 3, 4];

        Assert.Equal(2, Greatest.Keep(scores, items, 2));
        Assert.Equal([1, 3], items[..2]);
    }
}

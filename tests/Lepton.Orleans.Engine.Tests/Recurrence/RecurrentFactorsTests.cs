using System.Runtime.Intrinsics;
using Lepton.Orleans.Engine.LinearAlgebra;
using Lepton.Orleans.Engine.Recurrence;

namespace Lepton.Orleans.Engine.Tests.Recurrence;

public sealed class RecurrentFactorsTests
{
    [Fact]
    public void Logits_are_those_of_the_definition()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var factors = RandomRecurrence.Create(random, random.Next(1, 70), 4 * random.Next(1, 20), random.Next(1, 5));
            var history = Enumerable.Range(0, random.Next(80)).Select(_ => random.Next(-2, factors.Count + 3)).ToArray();
            var user = new float[factors.Dimensions];
            var code = new int[factors.Dimensions / 2];

            var known = factors.FoldIn(history, new float[factors.Decays.Length * factors.Dimensions], user);

            var expected = RandomRecurrence.Logits(factors, history);
            Assert.Equal(expected is not null, known);
            var scale = ByteVectors.Encode(user, code);
            for (var item = 0; known && item < factors.Count; item++)
            {
                Assert.Equal(expected![item], factors.Blocks.Score(code, scale, item / 16)[item % 16], 5e-3);
                Assert.Equal(expected[item], factors.Score(code, scale, item), 5e-3);
            }

            Assert.True(Vector512.EqualsAll(factors.Blocks.Score(code, scale, (factors.Count + 15) / 16), Vector512.Create(float.NegativeInfinity)));
            Assert.Equal(float.NegativeInfinity, factors.Score(code, scale, factors.Count));
        }
    }

    [Fact]
    public void Arrays_that_do_not_fit_each_other_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new RecurrentFactors([0f], new float[16], 0f, new sbyte[8], new float[2], new sbyte[4], new float[2], new float[2]));
        Assert.Throws<ArgumentException>(() => new RecurrentFactors([0f], new float[15], 0f, new sbyte[8], new float[2], new sbyte[8], new float[2], new float[2]));
        Assert.Throws<ArgumentException>(() => new RecurrentFactors([0f], new float[9], 0f, new sbyte[6], new float[2], new sbyte[6], new float[2], new float[2]));
    }
}

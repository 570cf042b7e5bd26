using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Tests.Bodies;

public sealed class BodyFuzzTests
{
    private static readonly DateTime Now = new(2026, 6, 1, 12, 0, 0, DateTimeKind.Utc);

    private static readonly byte[] Valid = Encoding.UTF8.GetBytes("""
        [{"FeedbackType":"rating","UserId":"\u00e5lice \ud83d\ude00","ItemId":"a b","Value":4.5e1,"Timestamp":"2024-02-29T10:00:00.123+02:00",
          "IsHidden":false,"Categories":["a","b"],"Labels":{"x":[1,null,true,"\n"]},"Comment":"c","unknown":{"y":[]}}]
        """);

    private static readonly Gen<byte[]> Noise = ArbMap.Default.GeneratorFor<byte[]>();

    private static readonly Gen<byte[]> Mutated =
        from edits in Gen.Zip(Gen.Choose(0, Valid.Length - 1), Gen.Choose(0, 255)).ArrayOf()
        from cut in Gen.Choose(0, Valid.Length)
        from isCut in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select Mutate(edits, isCut ? cut : Valid.Length);

    [Fact]
    public void Random_bytes_never_throw_anything_but_the_named_exception() => CheckAll(Noise);

    [Fact]
    public void Mutated_json_never_throws_anything_but_the_named_exception() => CheckAll(Mutated);

    [Fact]
    public void What_is_accepted_obeys_the_rules_of_feedback()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Mutated.ToArbitrary(), bytes =>
        {
            try
            {
                return FeedbackReader.Read(bytes, Now).TrueForAll(row => FeedbackRules.Violation(row, Now) is null);
            }
            catch (InvalidRequestException)
            {
                return true;
            }
        }));
    }

    [Theory]
    [InlineData("""\ud800""")]
    [InlineData("""\udc00x""")]
    [InlineData("""From\ud800""")]
    [InlineData("""UserId\ud800""")]
    [InlineData("""Fe\u0065dbackType\ud83d""")]
    public void A_name_that_is_no_unicode_is_an_unknown_field(string name)
    {
        var row = $$"""{"{{name}}":[1],"FeedbackType":"like","UserId":"u","ItemId":"i","From":"f"}""";
        var (one, many) = (Encoding.UTF8.GetBytes(row), Encoding.UTF8.GetBytes($"[{row}]"));

        Assert.Equal(("like", "u", "i"), FeedbackReader.Read(many, Now).Select(r => (r.FeedbackType, r.UserId, r.ItemId)).Single());
        Assert.Equal("i", FeedbackReader.Read(many, Now, isSession: true).Single().ItemId);
        Assert.Equal("u", UserReader.ReadMany(many).Single().UserId);
        Assert.Equal("u", UserReader.ReadOne(one).UserId);
        Assert.Equal(new UserPatch(), UserReader.ReadPatch(one));
        Assert.Equal("f", UserReader.ReadMerge(one));
        Assert.Equal("i", ItemReader.ReadMany(many, Now).Single().ItemId);
        Assert.Equal("i", ItemReader.ReadOne(one, Now).ItemId);
        Assert.Equal(new ItemPatch(), ItemReader.ReadPatch(one, Now));
    }

    private static void CheckAll(Gen<byte[]> bodies) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(bodies.ToArbitrary(), bytes =>
            IsTame(() => FeedbackReader.Read(bytes, Now))
            && IsTame(() => FeedbackReader.Read(bytes, Now, isSession: true))
            && IsTame(() => UserReader.ReadMany(bytes))
            && IsTame(() => UserReader.ReadOne(bytes))
            && IsTame(() => UserReader.ReadPatch(bytes))
            && IsTame(() => UserReader.ReadMerge(bytes))
            && IsTame(() => ItemReader.ReadMany(bytes, Now))
            && IsTame(() => ItemReader.ReadOne(bytes, Now))
            && IsTame(() => ItemReader.ReadPatch(bytes, Now))));

    private static bool IsTame(Func<object> read)
    {
        try
        {
            return read() is not null;
        }
        catch (InvalidRequestException exception)
        {
            return exception.Field.Length > 0 && exception.Rule.StartsWith("must ", StringComparison.Ordinal);
        }
    }

    private static byte[] Mutate((int Place, int Value)[] edits, int length)
    {
        var bytes = Valid.ToArray();
        foreach (var (place, value) in edits)
        {
            bytes[place] = (byte)value;
        }

        return bytes[..length];
    }
}

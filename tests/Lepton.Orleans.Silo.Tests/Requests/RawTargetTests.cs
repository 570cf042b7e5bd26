using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;

namespace Lepton.Orleans.Silo.Tests.Requests;

public sealed class RawTargetTests
{
    [Theory]
    [InlineData("/api/user/a%20b", "/api/user/a b")]
    [InlineData("/api/user/a%252Fb", "/api/user/a%2Fb")]
    [InlineData("/api/user/100%25?n=1/2", "/api/user/100%")]
    [InlineData("/api/user/%3F%23%22'+", "/api/user/?#\"'+")]
    [InlineData("/api/user/%E2%98%95", "/api/user/☕")]
    [InlineData("/api/user/%2e%2E/feedback", "/api/user/../feedback")]
    [InlineData("/api/user/./feedback/", "/api/user/./feedback/")]
    [InlineData("http://host:80/api/user/a%20b?x", "/api/user/a b")]
    [InlineData("http://host", "/")]
    public void Each_segment_is_decoded_exactly_once(string target, string path) => Assert.Equal(path, RawTarget.Decode(target));

    [Theory]
    [InlineData("/api/user/a%2Fb", "an encoded '/'")]
    [InlineData("/api/user/a%2fb", "an encoded '/'")]
    [InlineData("/api/user/%FF", "UTF-8")]
    [InlineData("/api/user/%C3", "UTF-8")]
    [InlineData("/api/user/%ED%A0%80", "UTF-8")]
    [InlineData("/api/user/100%", "hexadecimal")]
    [InlineData("/api/user/%zz", "hexadecimal")]
    public void What_cannot_be_an_id_is_refused(string target, string rule)
    {
        var exception = Assert.Throws<InvalidRequestException>(() => RawTarget.Decode(target));

        Assert.Equal("path", exception.Field);
        Assert.Contains(rule, exception.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/user/alice", true)]
    [InlineData("/api/user/alice?x=%20", true)]
    [InlineData("/api/user/a.b", true)]
    [InlineData("/api/user/a%20b", false)]
    [InlineData("/api/user/..", false)]
    [InlineData("/api/user/.hidden", false)]
    [InlineData("http://host/api", false)]
    public void A_plain_target_is_left_to_the_server(string target, bool isPlain) => Assert.Equal(isPlain, RawTarget.IsPlain(target));

    [Fact]
    public void Every_valid_id_survives_the_way_through_a_target()
    {
        var ids = ArbMap.Default.GeneratorFor<string>().Where(id => LeptonKey.Violation(id) is null);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
            ids.ToArbitrary(), id => RawTarget.Decode("/api/user/" + Uri.EscapeDataString(id)) == "/api/user/" + id));
    }

    [Fact]
    public void Random_targets_never_throw_anything_but_the_named_exception() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
            Gen.Elements("/%2fFaAeE09.:?#".ToCharArray()).ArrayOf().ToArbitrary(),
            characters =>
            {
                try
                {
                    return RawTarget.Decode(new string(characters)) is not null;
                }
                catch (InvalidRequestException)
                {
                    return true;
                }
            }));
}

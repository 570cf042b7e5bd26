namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>What a person runs to check the files, run.</summary>
public sealed class CheckTests
{
    // A check that is left out where its program is missing looks as one that passed: it has to say so, and is skipped then.
    [Fact]
    public void No_check_is_left_out_without_a_word() =>
        Assert.DoesNotContain("if command -v", Repository.Read("deploy/scripts/check.sh"), StringComparison.Ordinal);

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("compose")]
    [InlineData("pipelines")]
    [InlineData("scripts")]
    public async Task Files_are_as_their_formats_say(string part) =>
        await Command.RunAsync("bash", ["deploy/scripts/check.sh", part], TestContext.Current.CancellationToken);
}

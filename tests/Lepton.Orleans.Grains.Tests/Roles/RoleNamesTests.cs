using Lepton.Orleans.Grains.Roles;

namespace Lepton.Orleans.Grains.Tests.Roles;

public sealed class RoleNamesTests
{
    [Fact]
    public void Every_role_has_a_name_that_is_read_back()
    {
        Assert.Equal(["api", "users", "items", "recommendations", "training", "streams"], RoleNames.All);
        Assert.Equal(SiloRoles.All, RoleNames.Parse(RoleNames.Format(SiloRoles.All), out var unknown));
        Assert.Null(unknown);
        Assert.All(RoleNames.All, name => Assert.Equal([name], RoleNames.Of(RoleNames.Parse(name, out _))));
    }

    [Theory]
    [InlineData(" Users , RECOMMENDATIONS,", SiloRoles.Users | SiloRoles.Recommendations, null)]
    [InlineData("", SiloRoles.None, null)]
    [InlineData("users,cook", SiloRoles.Users, "cook")]
    [InlineData("all", SiloRoles.None, "all")]
    [InlineData("2", SiloRoles.None, "2")]
    public void Roles_are_read_as_people_write_them_and_what_is_none_is_named(string text, SiloRoles roles, string? unknown)
    {
        Assert.Equal(roles, RoleNames.Parse(text, out var wrong));
        Assert.Equal(unknown, wrong);
    }
}

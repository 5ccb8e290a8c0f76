from django.db import migrations

# Whoever could change the address that a user signs in with would see what that address took part in. One verb does it, so nothing else can,
# no form, no update, no library: a member who leaves gives the address free, and is called by this from then on.
ADDRESS_STAYS = """
CREATE FUNCTION workspaces_user_address_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the address that a user signs in with is never changed';
END $$;
CREATE TRIGGER address_stays BEFORE UPDATE OF email ON workspaces_user
FOR EACH ROW WHEN (NEW.email IS DISTINCT FROM OLD.email AND NEW.email <> 'former-' || OLD.id || '@metwith.invalid')
EXECUTE FUNCTION workspaces_user_address_stays();
"""
ADDRESS_MAY_CHANGE = "DROP TRIGGER address_stays ON workspaces_user; DROP FUNCTION workspaces_user_address_stays();"

# The login library lets whoever has a row here sign in by its address, and sends the links for a new password to its owner. Its page for
# them was open to every member, so what is there now may be anybody's.
NO_OTHERS = """
DELETE FROM account_emailconfirmation;
DELETE FROM account_emailaddress;
SET CONSTRAINTS ALL IMMEDIATE;
CREATE FUNCTION workspaces_no_other_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a user signs in with one address, which is in workspaces_user';
END $$;
CREATE TRIGGER no_other_address BEFORE INSERT OR UPDATE ON account_emailaddress
FOR EACH ROW EXECUTE FUNCTION workspaces_no_other_address();
"""
OTHERS = "DROP TRIGGER no_other_address ON account_emailaddress; DROP FUNCTION workspaces_no_other_address();"


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("workspaces", "0006_sealed_sessions"),
    ]

    operations = [
        migrations.RunSQL(ADDRESS_STAYS, ADDRESS_MAY_CHANGE),
        migrations.RunSQL(NO_OTHERS, OTHERS),
    ]

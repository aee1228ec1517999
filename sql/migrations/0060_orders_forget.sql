-- Orders: reasons of exceptions (0056) are forgotten by the watch, whether or not anybody makes another exception.

SET search_path TO emnebank, public;
SET ROLE emnebank_owner;

SELECT function_reword('order_exempt(uuid, jsonb)', '    PERFORM exemption_forget();
', '');
GRANT EXECUTE ON FUNCTION exemption_forget() TO emnebank_match;

RESET ROLE;
